# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Where blocks stand: the elements around them (``judge/layout.py``), what these tell of blocks (``features.py``), and
what the network sums over elements and spans of blocks (``network.py``).

An element stands behind its parent, so one loop carries what holds for elements down to those within them.
"""
from libc.stdlib cimport free, realloc

import numpy as np

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_ReadChar(object text, Py_ssize_t at) except? 0xFFFFFFFF

cdef enum:  # columns that tell of elements
    IN_BODY, BODY_DISTANCE, PROSE_DISTANCE, DEPTH, IN_TAG

cdef struct Element:
    Py_ssize_t parent, start, end, depth, name, group
    Py_ssize_t common  # number of its name without what is numbered

cdef struct Above:
    Py_ssize_t element
    long long number  # in the document


cdef class Placed:
    """The elements around blocks, as they are met."""

    cdef Element* elements
    cdef Above* above
    cdef Py_ssize_t count, room, depth, depth_room
    cdef dict names, commons, groups
    cdef list common_of_name

    def __cinit__(self):
        page = ("", "")
        self.names, self.commons, self.groups = {page: 0}, {page: 0}, {(0, 0, 0): 0}
        self.common_of_name = [0]

    def __dealloc__(self):
        free(self.elements)
        free(self.above)

    cdef Element* add(self, Py_ssize_t parent, Py_ssize_t start, long long number) except NULL:
        """Another element, innermost of those above."""
        cdef Element* element
        if self.count == self.room:
            self.room = max(1024, 2 * self.room)
            elements = <Element*>realloc(self.elements, self.room * sizeof(Element))
            if elements == NULL:
                raise MemoryError
            self.elements = elements
        if self.depth == self.depth_room:
            self.depth_room = max(64, 2 * self.depth_room)
            above = <Above*>realloc(self.above, self.depth_room * sizeof(Above))
            if above == NULL:
                raise MemoryError
            self.above = above
        element = &self.elements[self.count]
        element[0] = Element(parent, start, 0, self.depth, 0, 0, 0)
        self.above[self.depth] = Above(self.count, number)
        self.depth += 1
        self.count += 1
        return element

    cdef int name(self, Element* element, tag, words) except -1:
        cdef Element* parent = &self.elements[element.parent]
        key = (tag, words)
        name = self.names.get(key)
        if name is None:
            name = self.names[key] = len(self.names)
            self.common_of_name.append(self.commons.setdefault((tag, common_words(words)), len(self.commons)))
        element.name = name
        element.common = self.common_of_name[element.name]
        # two elements up and no more: cards in two columns are alike, though their whole paths differ
        group = (element.common, parent.common, self.elements[parent.parent].common)
        element.group = self.groups.setdefault(group, len(self.groups))
        return 0

    cdef void end_below(self, Py_ssize_t depth, Py_ssize_t at) noexcept nogil:
        """Elements deeper than so many end before a block."""
        while self.depth > depth:
            self.depth -= 1
            self.elements[self.above[self.depth].element].end = at

    cdef int place(self, blocks, Py_ssize_t[::1] holders) except -1:
        cdef Py_ssize_t at, depth, place
        cdef tuple path
        self.add(0, 0, -1)
        for at, block in enumerate(blocks):
            path = block.path
            depth = min(<Py_ssize_t>len(path), self.depth - 1)
            # by number: two `<li class="x">` in a row differ; what the last block stood in and this does not ends
            while depth and <long long>path[depth - 1].number != self.above[depth].number:
                depth -= 1
            self.end_below(depth + 1, at)
            for place in range(depth, len(path)):
                step = path[place]
                element = self.add(self.above[place].element, at, step.number)
                self.name(element, step.tag, step.words)
            holders[at] = self.above[self.depth - 1].element
        self.end_below(0, len(blocks))
        return 0

    cdef int group(
        self,
        Py_ssize_t[::1] path_group,
        Py_ssize_t[::1] sibling_group,
        Py_ssize_t[::1] units,
        Py_ssize_t least_siblings,
    ) except -1:
        """``path_group``, ``sibling_group`` and ``units`` of ``Layout``."""
        cdef Py_ssize_t element, parent, own, names = len(self.commons)
        cdef dict counts = {}, paths = {}, siblings = {}
        for element in range(1, self.count):
            key = self.elements[element].parent * names + self.elements[element].common
            counts[key] = counts.get(key, 0) + 1
        path_group[0], sibling_group[0], units[0] = 0, 0, -1
        for element in range(1, self.count):
            parent, own = self.elements[element].parent, self.elements[element].common
            path_group[element] = paths.setdefault(path_group[parent] * names + own, len(paths) + 1)
            units[element] = units[parent]
            # within a unit what it is in counts, in whichever sibling; outside of one, the very element
            if units[parent] < 0:
                # keys of elements, below 0, are none of groups
                key = -1 - (parent * names + own)
                if counts[-1 - key] >= least_siblings:
                    units[element] = element
            else:
                key = sibling_group[parent] * names + own
            sibling_group[element] = siblings.setdefault(key, len(siblings) + 1)
        return 0


cdef str common_words(str words):
    cdef list shared = []
    if not has_digit(words):
        return words
    for word in words.split():
        if not has_digit(word):
            shared.append(word)
    return " ".join(shared)


cdef bint has_digit(str words) except -1:
    cdef Py_ssize_t at
    for at in range(len(words)):
        if c"0" <= PyUnicode_ReadChar(words, at) <= c"9":
            return True
    return False


def place(blocks, Py_ssize_t least_siblings):
    """The names of the elements around the blocks; and as arrays the fields of ``Layout``, from ``named`` on."""
    cdef Placed placed = Placed()
    holders = np.empty(len(blocks), dtype=np.intp)
    placed.place(blocks, holders)
    columns = np.empty((9, placed.count), dtype=np.intp)
    cdef Py_ssize_t[:, ::1] column = columns
    cdef Py_ssize_t number
    cdef Element* element
    for number in range(placed.count):
        element = &placed.elements[number]
        column[0, number], column[1, number], column[2, number] = element.name, element.parent, element.start
        column[3, number], column[4, number], column[5, number] = element.end, element.depth, element.group
    placed.group(column[6], column[7], column[8], least_siblings)
    return tuple(placed.names), (*columns, holders)


def elements(layout, const double[:, ::1] sums, int prose, tag_places, double main_share, double good_share):
    """How elements stand to the one that holds most of the page's prose, and inside which tags blocks are: the columns
    ``_ELEMENTS`` of ``features.py``, one row a block. ``sums``: running sums over the blocks, column ``prose`` those of
    prose; ``tag_places``: tags and their columns.
    """
    cdef const Py_ssize_t[::1] parents = layout.parents, starts = layout.starts, ends = layout.ends
    cdef const Py_ssize_t[::1] depths = layout.depths, named = layout.named
    # the column of each name; beyond the last for a tag without
    cdef Py_ssize_t width = IN_TAG + len(tag_places)
    cdef Py_ssize_t[::1] columns = np.empty(len(layout.names), dtype=np.intp)
    cdef double total = max(1.0, sums[sums.shape[0] - 1, prose]), inside
    cdef bint has_prose = sums[sums.shape[0] - 1, prose] > 0
    cdef Py_ssize_t column, element, parent, main = -1, depth = -1
    for column, (tag, _) in enumerate(layout.names):
        columns[column] = IN_TAG + tag_places[tag] if tag in tag_places else width
    table = np.zeros((parents.shape[0], width + 1))
    cdef double[:, ::1] row = table
    for element in range(parents.shape[0]):
        inside = sums[ends[element], prose] - sums[starts[element], prose]
        if has_prose and inside >= main_share * total and depths[element] > depth:
            main, depth = element, depths[element]
        if element:
            parent = parents[element]
            for column in range(IN_TAG, width):
                row[element, column] = row[parent, column]
            if inside < good_share * total:
                row[element, PROSE_DISTANCE] = row[parent, PROSE_DISTANCE] + has_prose
        row[element, columns[named[element]]] += 1.0
        row[element, DEPTH] = depths[element]
    # the main element, the deepest that holds enough, is known once all were seen; -1: not inside it
    for element in range(parents.shape[0]):
        parent = parents[element]
        row[element, BODY_DISTANCE] = 0.0 if element == main else -1.0
        if element > main >= 0 and row[parent, BODY_DISTANCE] >= 0:
            row[element, BODY_DISTANCE] = row[parent, BODY_DISTANCE] + 1.0
        row[element, IN_BODY] = row[element, BODY_DISTANCE] >= 0
    return table[layout.holders, :width]


def kinds(layout, names, int count):
    """The kinds of each block's holder, of the element around it, and how many further out are of each kind, side by
    side. ``names``: the kinds of each name, of ``count``.
    """
    cdef const Py_ssize_t[::1] parents = layout.parents, named = layout.named, holders = layout.holders
    cdef Py_ssize_t elements = parents.shape[0], at, kind, element, name, outer
    cdef bytearray memory = bytearray(len(names) * count)
    cdef char* is_kind = memory
    cdef bytearray sums = bytearray(elements * count)
    cdef unsigned char* around = <unsigned char*><char*>sums
    for name, own in enumerate(names):
        for at in own:
            is_kind[name * count + at] = 1
    # a cap of 3 for the sums: nested wrappers of one theme repeat their words
    for element in range(elements):
        for kind in range(count):
            at = around[parents[element] * count + kind] if element else 0
            around[element * count + kind] = min(3, at + is_kind[named[element] * count + kind])
    table = np.empty((holders.shape[0], 3 * count))
    cdef double[:, ::1] row = table
    for at in range(holders.shape[0]):
        element = holders[at]
        outer = parents[parents[element]]
        for kind in range(count):
            row[at, kind] = is_kind[named[element] * count + kind]
            row[at, count + kind] = is_kind[named[parents[element]] * count + kind]
            row[at, 2 * count + kind] = around[outer * count + kind]
    return table


def windows(const double[:, ::1] sums, sizes, columns, double total):
    """For each of these sizes the columns ``_WINDOW`` of ``features.py``, of blocks before and after, side by side.
    ``sums``: running sums over the blocks; ``columns``: those of prose, of which there is so much in ``total``, of
    words and of shares of links.
    """
    cdef Py_ssize_t count = sums.shape[0] - 1, at, low, high, size, place = 0
    cdef int prose, words, links
    prose, words, links = columns
    table = np.empty((count, 6 * len(sizes)))
    cdef double[:, ::1] row = table
    for size in sizes:
        for at in range(count):
            low, high = max(0, at - size), min(count, at + size + 1)
            row[at, place] = (sums[at, prose] - sums[low, prose]) / total
            row[at, place + 1] = (sums[high, prose] - sums[at + 1, prose]) / total
            row[at, place + 2] = (sums[at, words] - sums[low, words]) / max(1, at - low)
            row[at, place + 3] = (sums[high, words] - sums[at + 1, words]) / max(1, high - at - 1)
            row[at, place + 4] = (sums[at, links] - sums[low, links]) / max(1, at - low)
            row[at, place + 5] = (sums[high, links] - sums[at + 1, links]) / max(1, high - at - 1)
        table[:, place + 2 : place + 4] = np.log1p(table[:, place + 2 : place + 4])
        place += 6
    return table


def summed_names(layout, const float[:, ::1] names):
    """Sums of the embedded words of each block's holder, of the element around it, and of all further out."""
    cdef const Py_ssize_t[::1] parents = layout.parents, named = layout.named, holders = layout.holders
    cdef Py_ssize_t width = names.shape[1], at, column, element, parent, outer
    cdef float[:, ::1] around = np.empty((parents.shape[0], width), dtype=np.float32)
    table = np.empty((holders.shape[0], 3 * width), dtype=np.float32)
    cdef float[:, ::1] row = table
    for element in range(parents.shape[0]):
        for column in range(width):
            around[element, column] = names[named[element], column]
            if element:
                around[element, column] += around[parents[element], column]
    for at in range(holders.shape[0]):
        element = holders[at]
        parent = parents[element]
        outer = parents[parent]
        for column in range(width):
            row[at, column] = names[named[element], column]
            row[at, width + column] = names[named[parent], column]
            row[at, 2 * width + column] = around[outer, column]
    return table


def means(
    const float[:, ::1] rows, const Py_ssize_t[:, ::1] low, const Py_ssize_t[:, ::1] high, float[:, :, :] parts
):
    """Each block's means over spans of ``rows``, a place of ``parts`` for each span."""
    cdef Py_ssize_t width = rows.shape[1], at, column, span, size
    cdef double[:, ::1] sums = np.zeros((rows.shape[0] + 1, width))
    cdef double* before
    cdef double* until
    cdef float* part
    for at in range(rows.shape[0]):
        for column in range(width):
            sums[at + 1, column] = sums[at, column] + rows[at, column]
    for span in range(low.shape[0]):
        for at in range(low.shape[1]):
            # an empty span (nothing before the first block) has sum 0: divided by 1 it stays so
            size = max(1, high[span, at] - low[span, at])
            before, until, part = &sums[low[span, at], 0], &sums[high[span, at], 0], &parts[at, span, 0]
            for column in range(width):
                part[column] = <float>((until[column] - before[column]) / size)
