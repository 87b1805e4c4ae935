"""What makes a row, a form or an edit valid. Pure: no clock, no random, no I/O, no await.

Used by validation (the upload), licensing (the form, the edit, the confirmation) and upload (the template). With
`contracts` it is the only place in `shared/` that knows the product's words.
"""
