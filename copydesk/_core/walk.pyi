from lxml import etree

from copydesk.cleaners.segment.plain_walk import Walked

def walk(root: etree._Element, max_depth: int) -> Walked | None: ...
