"""Parts of the reader of settlement files: unpacking, header and formats, and the scan that types every value."""
