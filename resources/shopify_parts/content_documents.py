"""The GraphQL document that reads what product pages say."""

from __future__ import annotations

CONTENT = """
query Content($ids: [ID!]!, $keys: [String!]!) {
  nodes(ids: $ids) {
    ... on ProductVariant {
      id
      title
      product {
        id
        title
        descriptionHtml
        media(first: 9) { nodes { id ... on MediaImage { image { url } } } }
        metafields(first: 25, keys: $keys) { nodes { id namespace key value } }
      }
    }
  }
}
"""
