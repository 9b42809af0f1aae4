"""The elements around blocks, as the walk and ``layout`` meet them."""

cdef struct Element:
    long long number  # in the document
    Py_ssize_t parent, start, end, depth, name, group
    Py_ssize_t common  # number of its name without what is numbered

cdef struct Above:
    Py_ssize_t element
    long long number  # in the document


cdef class Placed:
    cdef Element* elements
    cdef Above* above
    cdef Py_ssize_t* holders  # the element of each block
    cdef Py_ssize_t count, room, depth, depth_room, blocks, blocks_room
    cdef dict names, commons, groups
    cdef list common_of_name

    cdef Element* add(self, Py_ssize_t parent, Py_ssize_t start, long long number) except NULL
    cdef int name(self, Element* element, tag, words) except -1
    cdef void end_below(self, Py_ssize_t depth, Py_ssize_t at) noexcept nogil
    cdef int put(self, steps, Py_ssize_t depth, Py_ssize_t at) except -1
    cdef int place(self, blocks) except -1
    cdef tuple columns(self, Py_ssize_t least_siblings)
    cdef int group(
        self,
        Py_ssize_t[::1] path_group,
        Py_ssize_t[::1] sibling_group,
        Py_ssize_t[::1] units,
        Py_ssize_t least_siblings,
    ) except -1
