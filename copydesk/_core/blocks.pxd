"""A block as other modules of the core make it."""


cdef class Block:
    cdef readonly object index, kind, level, ordinal, link_chars, gap, table, is_hidden, image_url, quote, item
    cdef readonly str raw, link_url
    cdef readonly tuple path, cells, pieces, marks

    cdef tuple values(self)
