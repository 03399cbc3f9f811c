"""The collection station: hands over recorders, carries ciphertext to the county, brings receipts back."""
