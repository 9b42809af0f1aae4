# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""A tree to blocks: one walk over libxml2's own nodes, no character lost; its text as a whole; elements by attributes.

A block is the text between two elements that part blocks. Most elements hold no text a block is made of: what there is
to know of one (its words, whether it is concealed) is read once text is met below it. Rare elements (tables of data,
pictures, line breaks between links) are asked of functions of Python. Only fields of structs are read; nothing of
libxml2 is linked. The tree is one that a parser of HTML made, which knows no namespaces and leaves no entities.
"""
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdlib cimport atol, free, malloc, realloc
from libc.string cimport memcpy, memset, strcmp, strlen

cimport lxml.includes.etreepublic as cetree
from lxml.includes.tree cimport xmlAttr, xmlNode

from copydesk._core.blocks cimport Block
from copydesk._core.layout cimport Placed

cdef extern from "libxml/xmlversion.h":
    int LIBXML_VERSION

cetree.import_lxml__etree()
from lxml import etree

if etree.LIBXML_VERSION[0] != LIBXML_VERSION // 10_000:  # how its nodes lie in memory
    raise ImportError(
        f"copydesk was compiled for libxml2 {LIBXML_VERSION // 10_000}, and lxml {etree.__version__} has "
        f"{etree.LIBXML_VERSION[0]}: install copydesk again, with --no-binary copydesk"
    )

from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.errors import TooDeep
from copydesk.cleaners.segment.elements import (
    APART,
    BARE_MARKS,
    BLOCK_TAGS,
    CONCEALED,
    HIDING_STYLE,
    NEVER_IN_CODE,
    SHAPES,
)
from copydesk.cleaners.segment.layout import LEAST_SIBLINGS
from copydesk.cleaners.segment.line_breaks import parts_blocks
from copydesk.cleaners.segment.pictures import MAX_MEDIA, Medium, picture_url
from copydesk.cleaners.segment.table_grid import Grid, TableUse, use_of
from copydesk.cleaners.types import Kind, Mark, PathStep

cdef enum:
    MOST_ORDINAL = 1_000_000

cdef enum:  # of libxml2
    ELEMENT = 1
    TEXT = 3
    CDATA = 4

cdef enum Act:  # what an element does to the walk beside parting blocks
    NOTHING, SHAPE, CELL, LIST, ITEM, CODE, QUOTE, TABLE, ROW, LINK, MARK, MEDIUM, BREAK, PICTURE, FIGURE

_ACTS = {
    **dict.fromkeys(SHAPES, SHAPE),
    **dict.fromkeys(("td", "th"), CELL),
    **dict.fromkeys(("ul", "ol"), LIST),
    **dict.fromkeys(("li", "dd", "dt"), ITEM),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), CODE),
    "blockquote": QUOTE,
    "table": TABLE,
    "tr": ROW,
    "a": LINK,
    **dict.fromkeys(BARE_MARKS, MARK),
    **dict.fromkeys(("video", "audio", "iframe"), MEDIUM),
    "br": BREAK,
    **dict.fromkeys(("img", "amp-img", "source"), PICTURE),
    "figure": FIGURE,
}
# inline elements that say by their tag how text looks, at most
_BARE = {"font", "span", "b", "strong", "i", "em", "u", "big", "small", "tt", "nobr"}
_OF_TABLES = {"table", "tbody", "thead", "tfoot", "tr", "td", "th"}
_PARTING = {SHAPE, LIST, ITEM, CODE, QUOTE, TABLE, ROW, MEDIUM, FIGURE}
_KINDS = tuple(Kind)
cdef int _ITEM_KIND = _KINDS.index(Kind.LIST_ITEM)
cdef const char* _EMPTY = b""

cdef struct Tag:
    const char* name
    int act
    int kind  # place in _KINDS; -1: what is above tells nothing any more
    int level
    bint parts, is_apart, is_silent, is_ruby, is_head, is_title, is_ordered, is_source, is_of_table, is_bare

cdef struct Around:
    # what holds below an element, and again behind it what held before
    int kind, level, quote, item, lists, code, data_tables, box_tables
    int ordinal  # of the first item of the list; 0: none is numbered
    const char* link  # where the innermost leads; NULL: none

cdef struct Frame:
    xmlNode* node
    int tag
    int number  # 0: set apart
    bint is_shaded
    bint is_box  # part of a table that lays the page out
    Around outer


cdef class Tags:
    """The page's tags by the address of their name, which is one a document: an open hash table."""

    cdef Tag* tags
    cdef size_t* keys
    cdef int* places
    cdef int count
    cdef size_t room
    cdef list names

    def __cinit__(self):
        self.names = []
        self.grow(256)

    def __dealloc__(self):
        free(self.tags)
        free(self.keys)
        free(self.places)

    cdef int grow(self, size_t room) except -1:
        cdef int at
        free(self.keys)
        free(self.places)
        self.keys = <size_t*>malloc(room * sizeof(size_t))
        self.places = <int*>malloc(room * sizeof(int))
        cdef Tag* tags = <Tag*>realloc(self.tags, room // 2 * sizeof(Tag))
        if tags != NULL:
            self.tags = tags
        if tags == NULL or self.keys == NULL or self.places == NULL:
            raise MemoryError
        self.room = room
        for slot in range(room):
            self.keys[slot] = 0
        for at in range(self.count):
            self.put(<size_t>self.tags[at].name, at)
        return 0

    cdef size_t slot(self, size_t key) noexcept nogil:
        cdef size_t at = (key >> 3 ^ key >> 12) & (self.room - 1)
        while self.keys[at] != 0 and self.keys[at] != key:
            at = (at + 1) & (self.room - 1)
        return at

    cdef void put(self, size_t key, int place) noexcept nogil:
        cdef size_t at = self.slot(key)
        self.keys[at] = key
        self.places[at] = place

    cdef int place(self, const char* name) except -1:
        cdef size_t at = self.slot(<size_t>name)
        if self.keys[at] != 0:
            return self.places[at]
        if <size_t>self.count + 1 >= self.room // 2:
            self.grow(self.room * 2)
        text = PyUnicode_DecodeUTF8(name, strlen(name), NULL)
        cdef Tag* tag = &self.tags[self.count]
        tag.name = name
        tag.act = _ACTS.get(text, NOTHING)
        tag.parts = text in BLOCK_TAGS or tag.act in _PARTING
        tag.parts = tag.parts and tag.act != CELL
        kind, tag.level = SHAPES.get(text, (None, 0))
        tag.kind = -1 if kind is None else _KINDS.index(kind)
        tag.is_apart, tag.is_silent, tag.is_ruby = text in APART, text in SILENT, text == "ruby"
        tag.is_head, tag.is_title, tag.is_ordered = text == "head", text == "title", text == "ol"
        tag.is_source = text == "source"
        tag.is_of_table, tag.is_bare = text in _OF_TABLES, text in _BARE
        self.names.append(text)
        self.put(<size_t>name, self.count)
        self.count += 1
        return self.count - 1


cdef class Cutter:
    cdef Tags tags
    cdef object doc
    cdef Frame* frames
    cdef int depth, room, max_depth
    cdef int number
    cdef Around now
    # the block being read: its text in UTF-8, and where its pieces begin
    cdef char* text
    cdef size_t size, text_room
    cdef size_t* pieces
    cdef int piece_count, pieces_room
    cdef bint has_text, is_shown
    cdef Py_ssize_t link_chars
    cdef int breaks
    cdef const char* link_url
    # elements above that were read, fewer than frames
    cdef list steps, above
    cdef dict words
    cdef int whole, rows_within, table, tables
    cdef bint is_row
    cdef object grid, image_url, image_before
    cdef list around, events
    cdef list blocks, media, readings, held  # held: bytes that links point into
    cdef Placed placed  # the elements around blocks

    def __cinit__(self, int max_depth):
        self.tags = Tags()
        self.max_depth = max_depth
        self.steps, self.above, self.words = [], [], {}
        self.around, self.events = [], []
        self.blocks, self.media, self.readings, self.held = [], [], [], []
        self.placed = Placed()
        self.grid, self.image_url, self.image_before = Grid(), None, None
        self.now.kind = self.table = -1

    def __dealloc__(self):
        free(self.frames)
        free(self.text)
        free(self.pieces)

    # -- text ---------------------------------------------------------------------------------------------------------

    cdef int begin_piece(self, size_t more) except -1:
        """A piece begins, of at most ``more`` bytes."""
        if self.size + more > self.text_room:
            self.text_room = max(4096, 2 * (self.size + more))
            text = <char*>realloc(self.text, self.text_room)
            if text == NULL:
                raise MemoryError
            self.text = text
        if self.piece_count == self.pieces_room:
            self.pieces_room = max(64, 2 * self.pieces_room)
            pieces = <size_t*>realloc(self.pieces, self.pieces_room * sizeof(size_t))
            if pieces == NULL:
                raise MemoryError
            self.pieces = pieces
        self.pieces[self.piece_count] = self.size
        self.piece_count += 1
        return 0

    cdef int put(self, char char) except -1:
        self.begin_piece(1)
        self.text[self.size] = char
        self.size += 1
        return 0

    cdef inline void clear(self) noexcept nogil:
        self.size = 0
        self.piece_count = 0

    cdef int add(self, xmlNode* node) except -1:
        """The text that begins with this node: libxml2 may have it in several nodes."""
        cdef xmlNode* last = node
        cdef size_t length = 0
        cdef bint is_blank = True, is_ascii = True
        while last != NULL and (last.type == TEXT or last.type == CDATA):
            if last.content != NULL:
                length += strlen(<const char*>last.content)
                if is_blank:
                    is_blank = is_space(<const unsigned char*>last.content, &is_ascii)
            last = last.next
        if length == 0:
            return 0
        if is_blank and not self.now.code:
            if is_ascii:
                return self.put(c" ")
        else:
            if not self.is_shown:
                self.read()
                self.is_shown = not self.frames[self.depth - 1].is_shaded
            self.has_text = True
            self.breaks = 0
        self.begin_piece(length)
        cdef size_t begin = self.size
        while node != last:
            if node.content != NULL:
                self.copy(<const char*>node.content)
            node = node.next
        if not (is_blank and not self.now.code) and self.now.link != NULL:
            for at in range(begin, self.size):
                self.link_chars += (self.text[at] & 0xC0) != 0x80
            if self.link_url == NULL or self.link_url[0] == 0:
                self.link_url = self.now.link
        return 0

    cdef void copy(self, const char* source) noexcept nogil:
        cdef char* to = self.text + self.size
        cdef char char
        cdef bint is_code = self.now.code > 0, is_row = self.is_row
        # white space that text of the same piece ended with
        cdef bint is_spaced = not is_code and self.size > self.pieces[self.piece_count - 1] and (to - 1)[0] == c" "
        while source[0]:
            char = source[0]
            source += 1
            if is_code:
                to[0] = c" " if is_row and char == c"\t" else char
                to += 1
            elif char == c" " or char == c"\n" or char == c"\t" or char == c"\r" or char == c"\f":
                if not is_spaced:
                    to[0] = c" "
                    to += 1
                is_spaced = True
            else:
                to[0] = char
                to += 1
                is_spaced = False
        self.size = to - self.text

    # -- blocks -------------------------------------------------------------------------------------------------------

    cdef int border(self) except -1:
        cdef char last = 0
        if self.whole:
            if self.size > self.pieces[self.piece_count - 1]:
                last = self.text[self.size - 1]
            if last != c"\n" and last != c"\t":
                self.put(c"\n")
        elif self.has_text:
            self.cut()
        else:
            self.clear()
            self.breaks = 0
            if self.events:
                self.renew()
        return 0

    cdef int renew(self) except -1:
        self.events = []
        for mark in self.around:
            self.events.append((0, mark))
        return 0

    cdef int cut(self) except -1:
        cdef Py_ssize_t link_chars = self.link_chars
        cdef int level = self.now.level, at
        cdef bint is_shown = self.is_shown, is_broken = self.breaks > 0
        cdef Py_ssize_t holders
        cdef const char* link = self.link_url
        cdef list pieces = []
        cdef tuple marks = ()
        self.breaks = self.link_chars = 0
        self.link_url = NULL
        self.is_shown = self.has_text = False
        cdef str raw = PyUnicode_DecodeUTF8(self.text, self.size, NULL) if self.size else ""
        if self.events:
            marks = tuple(self.events)
            for at in range(self.piece_count):
                pieces.append(self.piece(at))
            self.renew()
        self.clear()
        if not raw or raw.isspace():
            return 0
        self.read()
        shape = self.kind(&level)
        image = self.image_url if shape is Kind.CAPTION else self.image_before
        # "<font>one<br><br>two</font>": both stand in what holds the font; what has a name or holds a block stays
        holders = len(self.steps)
        while (
            is_broken
            and holders > self.placed.depth - 1
            and self.tags.tags[self.frames[holders - 1].tag].is_bare
            and not self.steps[holders - 1].words
        ):
            holders -= 1
        steps = self.steps[:holders]
        cdef Block block = Block.__new__(Block)
        block.index, block.kind, block.raw = len(self.blocks), shape, raw
        block.path, block.level = tuple(steps), level
        block.ordinal = self.now.ordinal if shape is Kind.LIST_ITEM and self.now.lists > 0 else 0
        block.link_chars, block.gap = min(link_chars, len(raw)), 0
        block.table = self.table if shape is Kind.TABLE_ROW and self.table >= 0 else None
        block.is_hidden, block.image_url = not is_shown, image
        block.quote, block.item, block.cells = self.now.quote, self.now.item, ()
        block.link_url = "" if link == NULL else PyUnicode_DecodeUTF8(link, strlen(link), NULL)
        block.pieces, block.marks = tuple(pieces), marks
        self.placed.put(steps, self.placed.depth - 1, len(self.blocks))
        self.blocks.append(block)
        self.image_before = None
        return 0

    cdef str piece(self, int at):
        cdef size_t begin = self.pieces[at]
        cdef size_t end = self.pieces[at + 1] if at + 1 < self.piece_count else self.size
        return PyUnicode_DecodeUTF8(self.text + begin, end - begin, NULL) if end > begin else ""

    cdef object kind(self, int* level):
        cdef int at
        if self.is_row:
            level[0] = 0
            return Kind.TABLE_ROW
        if self.now.kind == _ITEM_KIND:
            level[0] = max(1, self.now.lists)
            return Kind.LIST_ITEM
        if self.now.kind >= 0:
            level[0] = self.now.level
            return _KINDS[self.now.kind]
        level[0] = 0
        if self.depth and self.tags.tags[self.frames[self.depth - 1].tag].is_title:
            for at in range(self.depth):
                if self.tags.tags[self.frames[at].tag].is_head:
                    return Kind.TITLE
        return Kind.QUOTE if self.now.quote else Kind.PARAGRAPH

    # -- elements -----------------------------------------------------------------------------------------------------

    cdef int read(self) except -1:
        """What there is to know of the elements above that were not read yet."""
        cdef int at = len(self.steps)
        cdef Frame* frame
        cdef bint is_shaded = at > 0 and self.frames[at - 1].is_shaded
        for at in range(at, self.depth):
            frame = &self.frames[at]
            words, conceals = self.words_of(frame.node)
            is_shaded = is_shaded or conceals
            frame.is_shaded = is_shaded
            # what tells blocks apart knows boxes by their names, whatever drew them
            self.steps.append(PathStep(frame.number, "div" if frame.is_box else self.tags.names[frame.tag], words))
        return 0

    cdef tuple words_of(self, xmlNode* node):
        """The words of an element as they are compared, and whether it conceals what it holds."""
        cdef xmlAttr* one = node.properties
        cdef const char* name
        cdef str words = None
        cdef bint conceals = False
        while one != NULL:
            name = _EMPTY if one.ns != NULL else <const char*>one.name
            if is_identifying(name):
                value = self.value(one)
                words = value if words is None else f"{words} {value}"
            elif strcmp(name, b"hidden") == 0 or (
                strcmp(name, b"style") == 0 and HIDING_STYLE.search(self.value(one)) is not None
            ):
                conceals = True
            one = one.next
        if not words:
            return "", conceals
        found = self.words.get(words)
        if found is None:
            lowered = words.lower()
            # plain searches first: the pattern is tried only on the few that hold one of its words
            may_conceal = "hidden" in lowered or "reader" in lowered or "sr-only" in lowered or "invisible" in lowered
            found = self.words[words] = lowered, may_conceal and CONCEALED.search(lowered) is not None
        return (found[0], True) if conceals else found

    cdef str value(self, xmlAttr* one):
        cdef const char* text = value_of(one)
        if text == NULL:  # in several nodes
            return self.element(<xmlNode*>one.parent).get((<bytes><const char*>one.name).decode())
        return PyUnicode_DecodeUTF8(text, strlen(text), NULL)

    cdef object element(self, xmlNode* node):
        return cetree.elementFactory(self.doc, node)

    cdef int enter(self, Tag* tag, xmlNode* node) except -1:
        cdef int act = tag.act
        if act == MARK or act == LINK:
            self.begin_mark(tag, node)
        elif act == BREAK:
            self.breaks += 1
            if not self.whole and (self.breaks == 2 or (self.has_text and parts_blocks(self.element(node)))):
                self.cut()
            else:
                self.put(c"\n")
        elif act == PICTURE:
            url = picture_url(self.element(node))
            if url:
                self.image_url = self.image_before = url
                if not tag.is_source:
                    self.add_medium(node)
        elif act == MEDIUM:
            self.add_medium(node)
        elif act == FIGURE:
            images = self.element(node).iterdescendants("img")
            self.image_url = next((url for image in images if (url := picture_url(image))), None)
        elif act == LIST:
            self.now.lists += 1
            self.now.ordinal = first_ordinal(node) if tag.is_ordered else 0
        elif act == CELL:
            if not self.is_row:
                if self.piece_count:
                    self.border()
            elif self.rows_within:
                self.put(c" ")
            else:
                steps = self.grid.add_cell(self.element(node))
                self.begin_piece(steps)
                for _ in range(steps):
                    self.text[self.size] = c"\t"
                    self.size += 1
        elif act == ROW:
            if self.now.data_tables and not self.whole:
                self.whole, self.is_row = self.depth + 1, True
                self.grid.begin_row()
            elif self.is_row:
                self.rows_within += 1
        else:  # all that give a kind to the text below
            self.now.kind, self.now.level = tag.kind, tag.level
            if act == ITEM:
                self.now.item = self.number + 1
            elif act == QUOTE:
                self.now.quote = self.number + 1
            elif act == CODE:
                self.now.code += 1
                if not self.whole and next(self.element(node).iterdescendants(*NEVER_IN_CODE), None) is None:
                    self.whole = self.depth + 1
            elif act == TABLE:
                use = TableUse.PLAIN if self.whole else use_of(self.element(node))
                # one that is plain within a box is no box
                self.now.box_tables = use is TableUse.BOXES
                if use is TableUse.DATA:
                    self.now.data_tables += 1
                    self.table = self.tables
                    self.grid = Grid()
                self.tables += 1
        return 0

    cdef int leave(self, Tag* tag, Around* outer) except -1:
        cdef int act = tag.act
        if act == MARK or act == LINK:
            self.around.pop()
            if self.piece_count:
                self.events.append((self.piece_count, None))
            else:
                self.events.pop()
        elif act == CODE:
            self.end_whole()
        elif act == ROW:
            if self.end_whole():
                self.is_row = False
                self.grid.end_row()
            elif self.is_row:
                self.rows_within -= 1
        elif act == CELL:
            if self.piece_count and not self.is_row:
                self.border()
        elif act == TABLE:
            if self.now.data_tables != outer.data_tables:
                self.table = -1
        elif act == FIGURE:
            self.image_url = None
        return 0

    cdef int begin_mark(self, Tag* tag, xmlNode* node) except -1:
        cdef xmlAttr* href
        cdef xmlAttr* rel
        cdef bytes value
        name = self.tags.names[tag - self.tags.tags]
        if tag.act == MARK:
            mark = BARE_MARKS[name]
        else:
            href, rel = attribute(node, b"href"), attribute(node, b"rel")
            self.now.link = _EMPTY if href == NULL else value_of(href)
            if self.now.link == NULL:
                value = self.value(href).encode()
                self.held.append(value)
                self.now.link = value
            link = PyUnicode_DecodeUTF8(self.now.link, strlen(self.now.link), NULL)
            mark = Mark(name, link, "" if rel == NULL else self.value(rel))
        self.around.append(mark)
        self.events.append((self.piece_count, mark))
        return 0

    cdef bint end_whole(self) except -1:
        if self.whole != self.depth:
            return False
        if self.piece_count and self.size - self.pieces[self.piece_count - 1] == 1:
            if self.text[self.size - 1] == c"\n":
                self.size -= 1
                self.piece_count -= 1
        self.cut()
        self.whole = 0
        return True

    cdef int add_medium(self, xmlNode* node) except -1:
        cdef int at
        if len(self.media) >= MAX_MEDIA:
            return 0
        for at in range(len(self.above), self.depth):
            frame = self.frames[at]
            self.above.append((frame.number, self.tags.names[frame.tag], self.element(frame.node)))
        link = "" if self.now.link == NULL else PyUnicode_DecodeUTF8(self.now.link, strlen(self.now.link), NULL)
        position = self.element(node), len(self.blocks), tuple(self.above)
        self.media.append(Medium(*position, link, self.now.quote, self.now.item))
        return 0

    cdef bint sets_apart(self, Tag* tag, xmlNode* node) except -1:
        cdef int at
        if tag.is_silent:
            return True
        if below(node) != NULL:
            return False
        for at in range(self.depth):
            if self.tags.tags[self.frames[at].tag].is_ruby:
                self.readings.append(self.element(node).text or "")
                return True
        return False

    # -- the walk -----------------------------------------------------------------------------------------------------

    cdef int begin(self, xmlNode* node) except -1:
        """An element begins. Whether its children are to be walked."""
        cdef Tag* tag
        cdef Frame* frame
        cdef int place = self.tags.place(<const char*>node.name)
        tag = &self.tags.tags[place]
        if self.depth + 1 >= self.room:
            self.room = max(256, 2 * self.room)
            frames = <Frame*>realloc(self.frames, self.room * sizeof(Frame))
            if frames == NULL:
                raise MemoryError
            self.frames = frames
        frame = &self.frames[self.depth]
        frame.node, frame.tag, frame.number, frame.outer = node, place, 0, self.now
        frame.is_shaded = frame.is_box = False
        if tag.is_apart and self.sets_apart(tag, node):
            self.depth += 1
            return False
        if self.depth > self.max_depth:
            raise TooDeep(f"the page nests more than {self.max_depth:,} elements")
        if tag.parts and self.piece_count:
            self.border()
        if tag.act != NOTHING:
            self.enter(tag, node)
        frame.is_box = tag.is_of_table and self.now.box_tables > 0 and self.now.data_tables == 0
        self.number += 1
        frame.number = self.number
        self.depth += 1
        self.add(node.children)
        return True

    cdef int end(self) except -1:
        """The innermost element ends."""
        cdef Frame* frame = &self.frames[self.depth - 1]
        cdef Tag* tag = &self.tags.tags[frame.tag]
        if frame.number:
            if tag.parts and self.piece_count:
                self.border()
            if tag.act != NOTHING:
                self.leave(tag, &frame.outer)
        self.now = frame.outer
        self.depth -= 1
        if len(self.steps) > self.depth:
            self.steps.pop()
            self.placed.end_below(self.depth + 1, len(self.blocks))
        if len(self.above) > self.depth:
            self.above.pop()
        if self.depth:
            self.add(frame.node.next)
        return 0

    cdef int walk(self, xmlNode* root) except -1:
        cdef xmlNode* node = root
        cdef xmlNode* next
        while True:
            next = below(node) if self.begin(node) else NULL
            while next == NULL:
                self.end()
                if self.depth == 0:
                    return 0
                next = behind(node)
                if next == NULL:
                    node = <xmlNode*>node.parent
            node = next


ctypedef unsigned long long Kinds  # each a bit

cdef enum:
    MOST_NAMES = 16
    MOST_KINDS = 64
    MET = 256  # names of attributes kept by their address

cdef struct Sought:
    const char* text
    size_t size
    Kinds kinds
    bint is_lowered

cdef struct Name:
    const char* name
    Sought* sought  # by their first byte
    int count
    Kinds always, all  # kinds that any value is of; that a value may be of
    unsigned char[256] first  # place of the first that begins so
    Kinds[256] second  # by the first byte, a bit for what may be the last bits of the second

cdef struct Met:
    const void* name
    int place

cdef unsigned char[256] _LOWERED
for _code in range(256):
    _LOWERED[_code] = _code + 32 if 65 <= _code <= 90 else _code


cdef class Finder:
    """Finds elements by what their attributes hold, all kinds in one walk. ``kinds``: by the name of a kind and that of
    an attribute, the texts of which its value holds one; ``""`` is in all. ``lowered``: the kinds for which values are
    read in lower case, as far as they are ASCII.
    """

    cdef Name[MOST_NAMES] names
    cdef list kinds, held  # held: what `names` point into
    cdef int count

    def __cinit__(self, kinds not None, lowered=()):
        cdef int at
        cdef dict by_name = {}
        self.kinds, self.held = list(kinds), []
        for at, (kind, attributes) in enumerate(kinds.items()):
            for attribute, texts in attributes.items():
                sought = by_name.setdefault(attribute.encode(), {})
                for text in texts:
                    # in lower case it may begin with either letter
                    for first in {text[:1], text[:1].upper()} if kind in lowered else {text[:1]}:
                        key = (first + text[1:]).encode(), kind in lowered
                        sought[key] = sought.get(key, 0) | 1 << at
        if len(by_name) > MOST_NAMES or len(self.kinds) > MOST_KINDS:
            raise ValueError(f"at most {MOST_NAMES} attributes and {MOST_KINDS} kinds")
        for attribute, sought in by_name.items():
            self.add(attribute, sorted(sought.items()))

    cdef int add(self, bytes attribute, list sought) except -1:
        cdef Name* name = &self.names[self.count]
        cdef bytes text
        if len(sought) > 255 or any(len(text) == 1 for (text, _), _ in sought):
            raise ValueError("at most 255 texts of an attribute, each of two bytes or more")
        name.sought = <Sought*>malloc(len(sought) * sizeof(Sought))
        if name.sought == NULL:
            raise MemoryError
        self.count += 1
        self.held.append((attribute, sought))
        name.name = attribute
        for (text, is_lowered), kinds in sought:
            name.all |= <Kinds>kinds
            if not text:
                name.always |= <Kinds>kinds
                continue
            name.sought[name.count] = Sought(text, len(text), kinds, is_lowered)
            if not name.second[text[0]]:
                name.first[text[0]] = name.count
            for second in {*text[1:2], *text[1:2].upper()} if is_lowered else {*text[1:2]}:
                name.second[text[0]] |= <Kinds>1 << (second & 63)
            name.count += 1
        return 0

    def __dealloc__(self):
        for at in range(self.count):
            free(self.names[at].sought)

    def find(self, cetree._Element root not None) -> dict:
        """To each kind its elements, the root among them, in document order."""
        cdef xmlNode* node = root._c_node
        cdef xmlNode* next
        cdef Kinds found
        cdef Met[MET] met
        cdef int at
        cdef list lists = []
        memset(met, 0, sizeof(met))
        for _ in self.kinds:
            lists.append([])
        while node != NULL:
            found = self.kinds_of(node, met) if node.properties != NULL else 0
            if found:
                element = cetree.elementFactory(root._doc, node)
                for at in range(len(lists)):
                    if found >> at & 1:
                        (<list>lists[at]).append(element)
            next = below(node)
            while next == NULL and node != root._c_node:
                next = behind(node)
                if next == NULL:
                    node = <xmlNode*>node.parent
            node = next
        return dict(zip(self.kinds, lists))

    cdef Kinds kinds_of(self, xmlNode* node, Met* met) noexcept nogil:
        cdef xmlAttr* one = node.properties
        cdef xmlNode* part
        cdef Name* name
        cdef Met* known
        cdef Kinds found = 0
        while one != NULL:
            # a name has one address in most of a document
            known = &met[(<size_t>one.name >> 3 ^ <size_t>one.name >> 11) & (MET - 1)]
            if known.name != one.name:
                known.name, known.place = one.name, self.place_of(<const char*>one.name)
            if known.place >= 0 and one.ns == NULL:
                name = &self.names[known.place]
                found |= name.always
                part = one.children
                while part != NULL:
                    if part.content != NULL:
                        found |= self.kinds_in(name, <const unsigned char*>part.content)
                    part = part.next
            one = one.next
        return found

    cdef int place_of(self, const char* name) noexcept nogil:
        cdef int at
        for at in range(self.count):
            if strcmp(name, self.names[at].name) == 0:
                return at
        return -1

    cdef Kinds kinds_in(self, Name* name, const unsigned char* text) noexcept nogil:
        cdef Kinds found = name.always
        cdef int at
        while text[0] and found != name.all:
            if name.second[text[0]] >> (text[1] & 63) & 1:
                at = name.first[text[0]]
                while at < name.count and <unsigned char>name.sought[at].text[0] == text[0]:
                    if self.is_at(text, &name.sought[at]):
                        found |= name.sought[at].kinds
                    at += 1
            text += 1
        return found

    cdef inline bint is_at(self, const unsigned char* text, Sought* sought) noexcept nogil:
        """Whether it is where its first byte is."""
        cdef size_t at
        for at in range(1, sought.size):
            if (_LOWERED[text[at]] if sought.is_lowered else text[at]) != <unsigned char>sought.text[at]:
                return False
        return True


cdef inline xmlAttr* attribute(xmlNode* node, const char* name) noexcept nogil:
    """An attribute of an element; NULL where it has none of this name."""
    cdef xmlAttr* one = node.properties
    while one != NULL and (one.ns != NULL or strcmp(<const char*>one.name, name) != 0):
        one = one.next
    return one


cdef inline const char* value_of(xmlAttr* one) noexcept nogil:
    """The value of an attribute; NULL where it is in several nodes."""
    if one.children == NULL:
        return _EMPTY
    if one.children.next == NULL and one.children.type == TEXT:
        return _EMPTY if one.children.content == NULL else <const char*>one.children.content
    return NULL


cdef inline int first_ordinal(xmlNode* node) noexcept nogil:
    """The number of the first item of an ordered list that counts up (HTML Standard, ``start``); 1 where none above 0
    is written.
    """
    cdef xmlAttr* one = attribute(node, b"start") if attribute(node, b"reversed") == NULL else NULL
    cdef const char* text = _EMPTY if one == NULL else value_of(one)
    cdef long number = 1 if text == NULL or not text[0] else atol(text)
    return <int>number if 1 <= number <= MOST_ORDINAL else 1


cdef inline bint is_identifying(const char* name) noexcept nogil:
    if name[0] == c"c":
        return strcmp(name, b"class") == 0
    if name[0] == c"i":
        return strcmp(name, b"id") == 0 or strcmp(name, b"itemprop") == 0
    return name[0] == c"r" and (strcmp(name, b"role") == 0 or strcmp(name, b"rel") == 0)


cdef bint is_space(const unsigned char* text, bint* is_ascii) noexcept nogil:
    """``str.isspace``, of text that may be empty."""
    while text[0]:
        if text[0] < 0x80:
            if not (text[0] == 0x20 or 0x09 <= text[0] <= 0x0D or 0x1C <= text[0] <= 0x1F):
                return False
            text += 1
            continue
        is_ascii[0] = False
        if text[0] == 0xC2 and (text[1] == 0x85 or text[1] == 0xA0):
            text += 2
        elif (
            (text[0] == 0xE1 and text[1] == 0x9A and text[2] == 0x80)
            or (text[0] == 0xE2 and text[1] == 0x80 and (0x80 <= text[2] <= 0x8A or text[2] in (0xA8, 0xA9, 0xAF)))
            or (text[0] == 0xE2 and text[1] == 0x81 and text[2] == 0x9F)
            or (text[0] == 0xE3 and text[1] == 0x80 and text[2] == 0x80)
        ):
            text += 3
        else:
            return False
    return True


cdef inline xmlNode* below(xmlNode* node) noexcept nogil:
    cdef xmlNode* child = node.children
    while child != NULL and child.type != ELEMENT:
        child = child.next
    return child


cdef inline xmlNode* behind(xmlNode* node) noexcept nogil:
    cdef xmlNode* one = node.next
    while one != NULL and one.type != ELEMENT:
        one = one.next
    return one


cdef class Text:
    """Text that grows, ended by a zero."""

    cdef char* text
    cdef size_t size, room

    def __dealloc__(self):
        free(self.text)

    cdef int add(self, const char* more) except -1:
        cdef size_t length = 0 if more == NULL else strlen(more)
        if self.size + length >= self.room:
            self.room = max(16384, 2 * (self.size + length))
            text = <char*>realloc(self.text, self.room)
            if text == NULL:
                raise MemoryError
            self.text = text
        memcpy(self.text + self.size, more, length)
        self.size += length
        self.text[self.size] = 0
        return 0


def page_text(cetree._Element root not None) -> str:
    """All text below an element outside ``SILENT`` ones, in order, read without cutting: what blocks are held against.

    Readings of words (``ruby``) come last: in their place they would stand in the middle of sentences. So would what a
    page conceals within them: ``copydesk.cleaners.segment.inline_asides`` moves it before this is called.
    """
    cdef Tags tags = Tags()
    cdef Tag* tag
    cdef xmlNode* node = root._c_node
    cdef xmlNode* next
    cdef xmlNode* child
    cdef Text text = Text(), readings = Text()
    cdef int rubies = 0
    if node == NULL or node.type != ELEMENT:
        raise ValueError("no element")
    while True:
        next = NULL
        if node.type == TEXT or node.type == CDATA:
            text.add(<const char*>node.content)
        elif node.type == ELEMENT:
            tag = &tags.tags[tags.place(<const char*>node.name)]
            if tag.is_apart and not tag.is_silent and rubies and below(node) == NULL:
                child = node.children
                while child != NULL:
                    if child.type == TEXT or child.type == CDATA:
                        readings.add(<const char*>child.content)
                    child = child.next
            elif not tag.is_silent:
                rubies += tag.is_ruby
                next = node.children
                if next == NULL:
                    rubies -= tag.is_ruby
        while next == NULL:
            if node == root._c_node:
                if readings.size:
                    text.add(readings.text)
                return PyUnicode_DecodeUTF8(text.text, text.size, NULL) if text.size else ""
            next = node.next
            if next == NULL:
                node = <xmlNode*>node.parent
                rubies -= tags.tags[tags.place(<const char*>node.name)].is_ruby
        node = next


def walk(cetree._Element root not None, max_depth):
    """The blocks and media below an element, how many elements were counted, and the fields of ``Layout``.

    Raises TooDeep where more than ``max_depth`` elements are nested.
    """
    if root._c_node == NULL or root._c_node.type != ELEMENT:
        raise ValueError("no element")
    cdef Cutter cutter = Cutter(min(max_depth, 1_000_000_000))
    cutter.doc = root._doc
    cutter.walk(root._c_node)
    cutter.border()
    # all readings of words, as one block that is no part of the running text
    readings = " ".join(cutter.readings)
    if readings and not readings.isspace():
        # a path of its own, beyond all numbers: no element of the page is taken for its place
        path = (PathStep(cutter.number + 1, "rt", ""),)
        cutter.placed.put(path, 0, len(cutter.blocks))
        cutter.blocks.append(Block(len(cutter.blocks), Kind.PARAGRAPH, readings, path, is_hidden=True))
    return cutter.blocks, cutter.media, cutter.number, cutter.placed.columns(LEAST_SIBLINGS)
