# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Where blocks stand: the elements around them (``segment/layout.py``), what these tell of blocks (``features.py``),
and what the network sums over elements and spans of blocks (``network.py``).

An element stands behind its parent, so one loop carries what holds for elements down to those within them.
"""
from libc.math cimport sqrt
from libc.stdlib cimport free, realloc

import numpy as np

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_ReadChar(object text, Py_ssize_t at) except? 0xFFFFFFFF

cdef enum:  # columns that tell of elements
    IN_BODY, BODY_DISTANCE, PROSE_DISTANCE, DEPTH, IN_TAG

cdef enum:  # columns of groups, in the order of ``group_features.NAMES``
    MEMBERS, BLOCKS, WORDS, PROSE, LINKED, ELSEWHERE, HEADED, UNEVENNESS, CHARS, HOLDS, AFTER, INTRODUCED, UNIT_HOLDS
    UNIT_LINKED, UNIT_WORDS, PATH_COUNT, PATH_WORDS, PATH_LINKS, PATH_PROSE, PATH_LINKED
    ARTICLE_HERE, ARTICLE_ELSEWHERE, GROUP_WIDTH

cdef enum:  # what is summed over blocks
    OF_CHARS, OF_WORDS, OF_PROSE, OF_HEADINGS, OF_LINKED, OF_ELSEWHERE, SUMMED

cdef enum:  # what is summed over the units of a group
    G_MEMBERS, G_CHARS, G_WORDS, G_SQUARES, G_BLOCKS, G_PROSE, G_HEADED, G_LINKED, G_ELSEWHERE, G_INTRODUCED, G_SUMS

cdef double MOST_UNEVEN = 3.0  # standard deviations over the mean: one long entry among short ones has more
cdef enum:
    LOOKED_ABOVE = 2  # blocks above a group in which its heading may be: the second where a link "more" is the first

# filled with counts; their logarithms are numpy's, which are not those of C to the last digit
_LOGARITHMS = [MEMBERS, BLOCKS, WORDS, UNIT_LINKED, UNIT_WORDS, PATH_COUNT, PATH_WORDS]

cdef class Placed:
    """The elements around blocks, as they are met."""

    def __cinit__(self):
        page = ("", "")
        self.names, self.commons, self.groups = {page: 0}, {page: 0}, {(0, 0, 0): 0}
        self.common_of_name = [0]
        self.add(0, 0, -1)

    def __dealloc__(self):
        free(self.elements)
        free(self.above)
        free(self.holders)

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
        element[0] = Element(number, parent, start, 0, self.depth, 0, 0, 0)
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

    cdef int put(self, steps, Py_ssize_t depth, Py_ssize_t at) except -1:
        """The next block stands in these elements, of which the outermost so many were met."""
        cdef Py_ssize_t place
        cdef Element* element
        for place in range(depth, len(steps)):
            step = steps[place]
            element = self.add(self.above[place].element, at, step.number)
            self.name(element, step.tag, step.words)
        if self.blocks == self.blocks_room:
            self.blocks_room = max(512, 2 * self.blocks_room)
            holders = <Py_ssize_t*>realloc(self.holders, self.blocks_room * sizeof(Py_ssize_t))
            if holders == NULL:
                raise MemoryError
            self.holders = holders
        self.holders[self.blocks] = self.above[self.depth - 1].element
        self.blocks += 1
        return 0

    cdef int place(self, blocks) except -1:
        cdef Py_ssize_t at, depth
        cdef tuple path
        for at, block in enumerate(blocks):
            path = block.path
            depth = min(<Py_ssize_t>len(path), self.depth - 1)
            # by number: two `<li class="x">` in a row differ; what the last block stood in and this does not ends
            while depth and <long long>path[depth - 1].number != self.above[depth].number:
                depth -= 1
            self.end_below(depth + 1, at)
            self.put(path, depth, at)
        return 0

    cdef tuple columns(self, Py_ssize_t least_siblings):
        """The names of the elements; and as arrays the fields of ``Layout``, from ``numbers`` on."""
        cdef Py_ssize_t number
        cdef Element* element
        self.end_below(0, self.blocks)
        columns, holders = np.empty((10, self.count), dtype=np.intp), np.empty(self.blocks, dtype=np.intp)
        cdef Py_ssize_t[:, ::1] column = columns
        cdef Py_ssize_t[::1] holder = holders
        for number in range(self.blocks):
            holder[number] = self.holders[number]
        for number in range(self.count):
            element = &self.elements[number]
            column[0, number], column[1, number], column[2, number] = element.number, element.name, element.parent
            column[3, number], column[4, number], column[5, number] = element.start, element.end, element.depth
            column[6, number] = element.group
        self.group(column[7], column[8], column[9], least_siblings)
        return tuple(self.names), (*columns, holders)

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


cpdef str common_words(str words):
    """The words siblings share: ``item-4711`` and ``item-4712`` are alike."""
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
    """The names of the elements around the blocks; and as arrays the fields of ``Layout``, from ``numbers`` on."""
    cdef Placed placed = Placed()
    placed.place(blocks)
    return placed.columns(least_siblings)


cdef enum:  # columns of what is summed over blocks
    S_CHARS, S_LINKED, S_PROSE, S_PROSE_BLOCKS, S_WORDS, S_LINKS, S_WIDTH

cdef enum:  # columns of places, of containers, of what is alike: in the order of ``features.py``
    P_WIDTH = 16
    C_WIDTH = 6
    A_WIDTH = 5
    W_WIDTH = 6
    AFTER_HEADLINE = 5
    AFTER_PROSE = 10
    BEFORE_PROSE = 11
    SEEN = 14


def surroundings(
    layout, own, headline, overlaps, repeats, levels, sizes, tag_places, double main_share, double good_share
):
    """The columns of ``features.py`` from ``_PLACE`` to ``_WINDOW``, one row a block.

    ``headline``: the block that is most like it, or None; ``overlaps``: how far each is like it; ``repeats``: how often
    the text of each is on the page, and before it; ``levels``: of containers, counted from the element that a block is
    in; ``sizes``: of windows, in blocks; ``tag_places``: the columns of tags.
    """
    cdef Py_ssize_t count = len(layout.holders), first = P_WIDTH + C_WIDTH * len(levels), place, at
    if not count == len(own.chars) == len(overlaps) == repeats.shape[1]:
        raise ValueError("measures of other blocks")
    sums = summed(own, count)
    cdef double total = max(1.0, sums[count, S_PROSE])
    columns = first + A_WIDTH + IN_TAG + len(tag_places) + W_WIDTH * len(sizes)
    table = np.empty((count, columns))
    places(table[:, :P_WIDTH], sums, own.is_prose, -1 if headline is None else headline, overlaps, repeats)
    inside = containers(layout, sums, total)
    elements = layout.holders
    at = 0
    for place, level in enumerate(levels):
        while at < level:
            elements = layout.parents[elements]
            at += 1
        table[:, P_WIDTH + C_WIDTH * place : P_WIDTH + C_WIDTH * (place + 1)] = inside[elements]
    alike(table[:, first : first + A_WIDTH], layout, own, total)
    first += A_WIDTH
    place = first + IN_TAG + len(tag_places)
    table[:, first:place] = tags(layout, sums, tag_places, main_share, good_share)
    windows(table[:, place:], sums, sizes, total)
    return table


cdef summed(own, Py_ssize_t count):
    """Running sums over the blocks, with a leading zero."""
    cdef const double[:] chars = own.chars, links = own.links, is_prose = own.is_prose, words = own.words
    cdef Py_ssize_t at
    table = np.zeros((count + 1, S_WIDTH))
    cdef double[:, ::1] row = table
    for at in range(count):
        row[at + 1, S_CHARS] = row[at, S_CHARS] + chars[at]
        row[at + 1, S_LINKED] = row[at, S_LINKED] + chars[at] * links[at]
        row[at + 1, S_PROSE] = row[at, S_PROSE] + chars[at] * is_prose[at]
        row[at + 1, S_PROSE_BLOCKS] = row[at, S_PROSE_BLOCKS] + is_prose[at]
        row[at + 1, S_WORDS] = row[at, S_WORDS] + words[at]
        row[at + 1, S_LINKS] = row[at, S_LINKS] + links[at]
    return table


cdef int places(
    table,  # numpy's own: one made anew of a view would be a copy where there is no memory
    const double[:, ::1] sums,
    const double[:] is_prose,
    Py_ssize_t headline,
    const double[:, :] overlaps,
    const double[:, :] repeats,
) except -1:
    """Where blocks are on the page, from the headline and from the first and last prose."""
    cdef double[:, :] row = table
    cdef Py_ssize_t count = row.shape[0], at, first = 0, last = count - 1
    cdef bint is_met = False
    cdef double chars = max(1.0, sums[count, S_CHARS]), prose = max(1.0, sums[count, S_PROSE])
    for at in range(count):
        if is_prose[at] > 0:
            first, last, is_met = (first if is_met else at), at, True
    for at in range(count):
        row[at, 0] = <double>at / count
        row[at, 1] = sums[at + 1, S_CHARS] / chars
        row[at, 2], row[at, 3], row[at, 4] = count, chars, prose
        # blocks as a signed logarithm: one more counts near the headline, not a hundred further on
        row[at, AFTER_HEADLINE] = at - headline if headline >= 0 else 0
        row[at, 6], row[at, 7] = at == headline, headline >= 0
        # both as a share of the page and in blocks: a short page's menu is as long as a long one's
        row[at, 8], row[at, 9] = <double>(at - first) / count, <double>(last - at) / count
        row[at, AFTER_PROSE], row[at, BEFORE_PROSE] = at - first, last - at
        row[at, 12], row[at, 13] = overlaps[at, 0], overlaps[at, 1]
        row[at, SEEN] = repeats[0, at]
        row[at, 15] = min(repeats[1, at], 1.0)  # "again" is what tells; how often is in the column before
    for at in (AFTER_HEADLINE, AFTER_PROSE, BEFORE_PROSE):
        table[:, at] = np.copysign(np.log1p(np.abs(table[:, at])), table[:, at])
    for at in (2, 3, 4, SEEN):
        table[:, at] = np.log1p(table[:, at])
    return 0


cdef containers(layout, const double[:, ::1] sums, double total):
    """What is under each element."""
    cdef const Py_ssize_t[::1] starts = layout.starts, ends = layout.ends
    cdef Py_ssize_t element, start, end
    cdef double chars, blocks
    table = np.empty((starts.shape[0], C_WIDTH))
    cdef double[:, ::1] row = table
    for element in range(starts.shape[0]):
        start, end = starts[element], ends[element]
        chars, blocks = sums[end, S_CHARS] - sums[start, S_CHARS], max(1, end - start)
        row[element, 0] = chars
        row[element, 1] = (sums[end, S_LINKED] - sums[start, S_LINKED]) / max(1.0, chars)
        # of the page's prose, not of the element's text: an article's body has most, a comment some
        row[element, 2] = (sums[end, S_PROSE] - sums[start, S_PROSE]) / total
        row[element, 3] = blocks
        row[element, 4] = (sums[end, S_PROSE_BLOCKS] - sums[start, S_PROSE_BLOCKS]) / blocks
        row[element, 5] = (sums[end, S_WORDS] - sums[start, S_WORDS]) / blocks
    for element in (0, 3, 5):
        table[:, element] = np.log1p(table[:, element])
    return table


cdef int alike(table, layout, own, double total) except -1:
    """Of the blocks in elements alike: twenty cards of teasers are recognised by each other, one looks like a lead."""
    cdef double[:, :] row = table
    cdef const Py_ssize_t[::1] group = layout.template_group, holders = layout.holders
    cdef const double[:] chars = own.chars, words = own.words, links = own.links
    cdef const double[:] is_prose = own.is_prose, ends = own.ends_sentence
    cdef double[:, ::1] sums = np.zeros((group.shape[0], A_WIDTH))
    cdef Py_ssize_t at, own_group
    for at in range(holders.shape[0]):
        own_group = group[holders[at]]
        sums[own_group, 0] += 1
        sums[own_group, 1] += words[at]
        sums[own_group, 2] += links[at]
        sums[own_group, 3] += chars[at] * is_prose[at]
        sums[own_group, 4] += ends[at]
    for at in range(holders.shape[0]):
        own_group = group[holders[at]]
        row[at, 0] = sums[own_group, 0]
        row[at, 1] = sums[own_group, 1] / sums[own_group, 0]
        row[at, 2] = sums[own_group, 2] / sums[own_group, 0]
        row[at, 3] = sums[own_group, 3] / total
        row[at, 4] = sums[own_group, 4] / sums[own_group, 0]
    table[:, :2] = np.log1p(table[:, :2])
    return 0


cdef tags(layout, const double[:, ::1] sums, tag_places, double main_share, double good_share):
    """How elements stand to the one that holds most of the page's prose, and inside which tags blocks are, one row a
    block.
    """
    cdef Py_ssize_t prose = S_PROSE
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


def groups(layout, own, headline, const double[:] linked, const double[:] elsewhere, const double[:] introduces):
    """The columns of ``group_features.NAMES``, one row a block; see ``measure_groups`` there."""
    cdef Py_ssize_t count = len(layout.holders), head = -1 if headline is None else headline
    table = np.zeros((count, GROUP_WIDTH))
    if not count == len(own.chars) == linked.shape[0] == elsewhere.shape[0] == introduces.shape[0] or head >= count:
        raise ValueError("measures of other blocks")
    measure_units(table, layout, own, head, linked, elsewhere, introduces)
    measure_paths(table, layout, own, linked)
    if headline is not None:
        find_article(table, layout, head)
    table[:, _LOGARITHMS] = np.log1p(table[:, _LOGARITHMS])
    return table


cdef int measure_units(
    double[:, ::1] row,
    layout,
    own,
    Py_ssize_t head,
    const double[:] linked,
    const double[:] elsewhere,
    const double[:] introduces,
) except -1:
    """The groups of siblings; all zero for a block that is in none."""
    cdef const Py_ssize_t[::1] parents = layout.parents, starts = layout.starts, ends = layout.ends
    cdef const Py_ssize_t[::1] units = layout.units, siblings = layout.sibling_group, holders = layout.holders
    cdef const double[:] chars = own.chars, words = own.words, is_prose = own.is_prose, is_heading = own.is_heading
    cdef Py_ssize_t count = holders.shape[0], at, unit, group, first
    cdef double[:, ::1] sums = np.zeros((count + 1, SUMMED)), of_group
    cdef char[::1] is_unit = np.zeros(parents.shape[0], dtype=np.int8)
    cdef Py_ssize_t[::1] firsts
    cdef double* unit_sums
    cdef double inside[SUMMED]
    cdef double mean, total
    cdef bint has_units = False
    for at in range(count):
        sums[at + 1, OF_CHARS] = sums[at, OF_CHARS] + chars[at]
        sums[at + 1, OF_WORDS] = sums[at, OF_WORDS] + words[at]
        sums[at + 1, OF_PROSE] = sums[at, OF_PROSE] + is_prose[at]
        sums[at + 1, OF_HEADINGS] = sums[at, OF_HEADINGS] + is_heading[at]
        sums[at + 1, OF_LINKED] = sums[at, OF_LINKED] + linked[at]
        sums[at + 1, OF_ELSEWHERE] = sums[at, OF_ELSEWHERE] + elsewhere[at]
        unit = units[holders[at]]
        if unit >= 0:
            is_unit[unit] = has_units = True
    if not has_units:
        return 0
    of_group = np.zeros((parents.shape[0] + 1, G_SUMS))
    firsts = np.full(parents.shape[0] + 1, count, dtype=np.intp)
    for unit in range(parents.shape[0]):
        if not is_unit[unit]:
            continue
        sum_inside(sums, starts[unit], ends[unit], inside)
        group = siblings[unit]
        unit_sums = &of_group[group, 0]
        unit_sums[G_MEMBERS] += 1
        unit_sums[G_CHARS] += inside[OF_CHARS]
        unit_sums[G_WORDS] += inside[OF_WORDS]
        unit_sums[G_SQUARES] += inside[OF_WORDS] * inside[OF_WORDS]
        unit_sums[G_BLOCKS] += ends[unit] - starts[unit]
        unit_sums[G_PROSE] += inside[OF_PROSE] > 0
        unit_sums[G_HEADED] += inside[OF_HEADINGS] > 0
        unit_sums[G_LINKED] += inside[OF_LINKED] > 0
        unit_sums[G_ELSEWHERE] += inside[OF_ELSEWHERE] > 0
        firsts[group] = min(firsts[group], starts[unit])
    for group in range(parents.shape[0] + 1):
        # how surely what stands right above, and is no prose, is the heading of a list of other articles
        first = firsts[group]
        for at in range(max(first - LOOKED_ABOVE, 0), first if of_group[group, G_MEMBERS] else 0):
            if is_prose[at] == 0:
                of_group[group, G_INTRODUCED] = max(of_group[group, G_INTRODUCED], introduces[at])
    total = max(1.0, sums[count, OF_CHARS])
    for at in range(count):
        unit = units[holders[at]]
        if unit < 0:
            continue
        sum_inside(sums, starts[unit], ends[unit], inside)
        first = firsts[siblings[unit]]
        unit_sums = &of_group[siblings[unit], 0]
        mean = unit_sums[G_WORDS] / unit_sums[G_MEMBERS]
        row[at, MEMBERS] = unit_sums[G_MEMBERS]
        row[at, BLOCKS] = unit_sums[G_BLOCKS] / unit_sums[G_MEMBERS]
        row[at, WORDS] = mean
        row[at, PROSE] = unit_sums[G_PROSE] / unit_sums[G_MEMBERS]
        row[at, LINKED] = unit_sums[G_LINKED] / unit_sums[G_MEMBERS]
        row[at, ELSEWHERE] = unit_sums[G_ELSEWHERE] / unit_sums[G_MEMBERS]
        row[at, HEADED] = unit_sums[G_HEADED] / unit_sums[G_MEMBERS]
        row[at, UNEVENNESS] = sqrt(max(unit_sums[G_SQUARES] / unit_sums[G_MEMBERS] - mean * mean, 0.0))
        row[at, UNEVENNESS] = min(row[at, UNEVENNESS] / max(mean, 1.0), MOST_UNEVEN)
        row[at, CHARS] = unit_sums[G_CHARS] / unit_sums[G_MEMBERS] * unit_sums[G_MEMBERS] / total
        row[at, INTRODUCED] = unit_sums[G_INTRODUCED]
        row[at, UNIT_LINKED] = inside[OF_LINKED]
        row[at, UNIT_WORDS] = inside[OF_WORDS]
        if head >= 0:
            row[at, HOLDS] = starts[parents[unit]] <= head < ends[parents[unit]]
            row[at, AFTER] = (first > head) - (first < head)
            row[at, UNIT_HOLDS] = starts[unit] <= head < ends[unit]
    return 0


cdef inline void sum_inside(double[:, ::1] sums, Py_ssize_t start, Py_ssize_t end, double* inside) noexcept nogil:
    cdef int column
    for column in range(SUMMED):
        inside[column] = sums[end, column] - sums[start, column]


cdef int measure_paths(double[:, ::1] row, layout, own, const double[:] linked) except -1:
    """The blocks of one path of tags and words."""
    cdef const Py_ssize_t[::1] paths = layout.path_group, holders = layout.holders
    cdef const double[:] chars = own.chars, words = own.words, links = own.links, is_prose = own.is_prose
    # of each path: blocks, words, links, prose, linked ones
    cdef double[:, ::1] sums = np.zeros((paths.shape[0] + 1, 5))
    cdef double total = 0, count
    cdef Py_ssize_t at, path
    for at in range(holders.shape[0]):
        path = paths[holders[at]]
        sums[path, 0] += 1
        sums[path, 1] += words[at]
        sums[path, 2] += links[at]
        sums[path, 3] += chars[at] * is_prose[at]
        sums[path, 4] += linked[at]
        total += chars[at] * is_prose[at]
    total = max(1.0, total)
    for at in range(holders.shape[0]):
        path = paths[holders[at]]
        count = sums[path, 0]
        row[at, PATH_COUNT] = count
        row[at, PATH_WORDS] = sums[path, 1] / count
        row[at, PATH_LINKS] = sums[path, 2] / count
        row[at, PATH_PROSE] = sums[path, 3] / total
        row[at, PATH_LINKED] = sums[path, 4] / count
    return 0


cdef int find_article(double[:, ::1] row, layout, Py_ssize_t head) except -1:
    """Whether a block is in the ``article`` that the headline is in, and whether it is outside of it."""
    cdef const Py_ssize_t[::1] parents = layout.parents, named = layout.named, holders = layout.holders
    cdef Py_ssize_t element = holders[head], at, start, end
    names = layout.names
    while element and names[named[element]][0] != "article":
        element = parents[element]
    if element:
        start, end = layout.starts[element], layout.ends[element]
        for at in range(row.shape[0]):
            row[at, ARTICLE_HERE if start <= at < end else ARTICLE_ELSEWHERE] = 1.0
    return 0


cdef int windows(table, const double[:, ::1] sums, sizes, double total) except -1:
    """Prose, words and links before and after a block, in windows of these sizes."""
    cdef double[:, :] row = table
    cdef Py_ssize_t count = row.shape[0], at, low, high, size, place = 0
    for size in sizes:
        for at in range(count):
            low, high = max(0, at - size), min(count, at + size + 1)
            row[at, place] = (sums[at, S_PROSE] - sums[low, S_PROSE]) / total
            row[at, place + 1] = (sums[high, S_PROSE] - sums[at + 1, S_PROSE]) / total
            row[at, place + 2] = (sums[at, S_WORDS] - sums[low, S_WORDS]) / max(1, at - low)
            row[at, place + 3] = (sums[high, S_WORDS] - sums[at + 1, S_WORDS]) / max(1, high - at - 1)
            row[at, place + 4] = (sums[at, S_LINKS] - sums[low, S_LINKS]) / max(1, at - low)
            row[at, place + 5] = (sums[high, S_LINKS] - sums[at + 1, S_LINKS]) / max(1, high - at - 1)
        table[:, place + 2 : place + 4] = np.log1p(table[:, place + 2 : place + 4])
        place += W_WIDTH
    return 0


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


cdef enum:
    NEIGHBOURS = 4  # two before, two behind
cdef Py_ssize_t[NEIGHBOURS] OFFSETS
OFFSETS[:] = [-2, -1, 1, 2]
cdef double LEAST_KEPT = 1e-6  # of all probabilities of a page, lest nothing be divided by nothing


cdef class Around:
    """What the blocks of a page see of each other; the same for every look."""

    cdef Py_ssize_t count, kinds, first_group
    # the blocks once more for each kind of group, its members side by side: so groups are spans, too
    cdef Py_ssize_t[:, ::1] orders
    cdef Py_ssize_t[:, ::1] low, high  # of each span, where it begins and ends for each block

    def __init__(self, layout, groups, levels, Py_ssize_t window):
        """``levels``: containers, counted from the element a block is in; ``window``: blocks before and after."""
        cdef const Py_ssize_t[::1] parents = layout.parents, starts = layout.starts, ends = layout.ends
        cdef const Py_ssize_t[::1] holders = layout.holders
        cdef Py_ssize_t at, span, up, element, level, place
        self.count, self.kinds, self.first_group = holders.shape[0], len(groups), 2 + len(levels)
        spans = self.first_group + self.kinds + 3
        self.low, self.high = np.empty((spans, self.count), np.intp), np.empty((spans, self.count), np.intp)
        self.orders = np.empty((self.kinds, self.count), np.intp)
        span = self.first_group + self.kinds
        for at in range(self.count):
            self.low[0, at], self.high[0, at] = max(at - window, 0), at
            self.low[1, at], self.high[1, at] = at + 1, min(at + 1 + window, self.count)
            self.low[span, at], self.high[span, at] = 0, self.count
            self.low[span + 1, at], self.high[span + 1, at] = 0, at
            self.low[span + 2, at], self.high[span + 2, at] = at + 1, self.count
        for place, level in enumerate(levels):
            for at in range(self.count):
                element = holders[at]
                for up in range(level):
                    element = parents[element]
                self.low[2 + place, at], self.high[2 + place, at] = starts[element], ends[element]
        for place, group in enumerate(groups):
            self.set_group(place, group, np.argsort(group, kind="stable"))

    cdef int set_group(
        self, Py_ssize_t place, const Py_ssize_t[:] group, const Py_ssize_t[:] order
    ) except -1:
        cdef Py_ssize_t at, begin = 0, end, before = (place + 1) * self.count, span = self.first_group + place
        while begin < self.count:
            end = begin
            while end < self.count and group[order[end]] == group[order[begin]]:
                end += 1
            for at in range(begin, end):
                self.orders[place, at] = order[at]
                self.low[span, order[at]], self.high[span, order[at]] = before + begin, before + end
            begin = end
        return 0

    def seen(self, const float[:, ::1] state, const float[:, ::1] shown, keep=None):
        """Own state, neighbours, means of windows and containers, of groups, of the page, of all before and after, and
        where ``keep`` is given ``verdicts``: side by side, one row a block.
        """
        cdef Py_ssize_t own = state.shape[1], width = shown.shape[1], spans = self.low.shape[0]
        cdef Py_ssize_t at, column, place, neighbour, seen_width = own + (NEIGHBOURS + spans) * width
        cdef double[:, ::1] sums = np.zeros(((1 + self.kinds) * self.count + 1, width))
        cdef float* to
        told = None if keep is None else self.verdicts(keep)
        table = np.zeros((self.count, seen_width + (0 if told is None else told.shape[1])), np.float32)
        cdef float[:, ::1] row = table
        if told is not None:
            table[:, seen_width:] = told
        for place in range(1 + self.kinds):
            for at in range(self.count):
                neighbour = self.orders[place - 1, at] if place else at
                for column in range(width):
                    sums[place * self.count + at + 1, column] = (
                        sums[place * self.count + at, column] + shown[neighbour, column]
                    )
        for at in range(self.count):
            for column in range(own):
                row[at, column] = state[at, column]
            for place in range(NEIGHBOURS):
                neighbour = at + OFFSETS[place]
                if 0 <= neighbour < self.count:  # where a page ends before the neighbour, zeros stay
                    to = &row[at, own + place * width]
                    for column in range(width):
                        to[column] = shown[neighbour, column]
            for place in range(spans):
                to = &row[at, own + (NEIGHBOURS + place) * width]
                self.mean(sums, self.low[place, at], self.high[place, at], to)
        return table

    cdef void mean(self, double[:, ::1] sums, Py_ssize_t low, Py_ssize_t high, float* to) noexcept nogil:
        cdef Py_ssize_t column, size = max(1, high - low)  # an empty span has sum 0: divided by 1 it stays so
        for column in range(sums.shape[1]):
            to[column] = <float>((sums[high, column] - sums[low, column]) / size)

    def verdicts(self, const float[:] keep):
        """What the first look made of a block and of those around it: its own probability of being kept, mean and
        highest of each group it is in, and the shares of all that is kept which are before it and after it.
        """
        cdef double[::1] sums = np.zeros(self.count + 1)
        cdef Py_ssize_t at, place, low, high, member, last = 1 + 2 * self.kinds
        cdef float highest
        table = np.empty((self.count, last + 2), np.float32)
        cdef float[:, ::1] row = table
        for at in range(self.count):
            row[at, 0] = keep[at]
            sums[at + 1] = sums[at] + keep[at]
        total = max(sums[self.count], LEAST_KEPT)
        for at in range(self.count):
            row[at, last] = <float>((sums[at + 1] - keep[at]) / <double>total)
            row[at, last + 1] = <float>((sums[self.count] - sums[at + 1]) / <double>total)
        for place in range(self.kinds):
            for at in range(self.count):
                sums[at + 1] = sums[at] + keep[self.orders[place, at]]
            at = 0
            while at < self.count:
                low, high = self.borders(place, self.orders[place, at])
                highest = keep[self.orders[place, low]]
                for member in range(low, high):
                    highest = max(highest, keep[self.orders[place, member]])
                for member in range(low, high):
                    row[self.orders[place, member], 1 + 2 * place] = <float>((sums[high] - sums[low]) / (high - low))
                    row[self.orders[place, member], 2 + 2 * place] = highest
                at = high
        return table

    def of_groups(self, const float[:, :] odds):
        """The sum of what the groups of a block say, each the mean of a column of ``odds`` over its members."""
        cdef double[::1] sums = np.zeros(self.count + 1), total = np.zeros(self.count)
        cdef Py_ssize_t at, place, low, high
        for place in range(self.kinds):
            for at in range(self.count):
                sums[at + 1] = sums[at] + odds[self.orders[place, at], place]
            for at in range(self.count):
                low, high = self.borders(place, at)
                total[at] += (sums[high] - sums[low]) / (high - low)
        return np.asarray(total).astype(np.float32)

    cdef (Py_ssize_t, Py_ssize_t) borders(self, Py_ssize_t place, Py_ssize_t block) noexcept nogil:
        """Where in the order of its group a block's group begins and ends."""
        cdef Py_ssize_t before = (place + 1) * self.count, span = self.first_group + place
        return self.low[span, block] - before, self.high[span, block] - before
