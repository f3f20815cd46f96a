"""What a page is measured for in the browser, with the reader's own styles laid over ours."""

from typing import NamedTuple

from playwright.sync_api import Page

SPACED = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }
"""
ENLARGED = "html { font-size: 200% !important }"
TARGET = 24
"""Pixels: the side of the square that a finger or a shaking hand needs (WCAG 2.2, 2.5.8)."""

SMALL = """least => {
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 1
  const inSentence = e => {
    const block = e.parentElement.closest("p, li, dd, td, th, label, legend, small, h1, h2, h3")
    return e.tagName === "A" && block && block.textContent.trim() !== e.textContent.trim()
  }
  const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter(shown).filter(e => !e.closest(".skip"))
  const boxes = targets.map(e => e.getBoundingClientRect())
  const centre = b => [b.left + b.width / 2, b.top + b.height / 2]
  const distance = ([x, y], b) =>
    Math.hypot(Math.max(b.left - x, 0, x - b.right), Math.max(b.top - y, 0, y - b.bottom))
  const isSmall = b => b.width < least - .1 || b.height < least - .1
  const isCrowded = (b, i) => boxes.some((other, j) => j !== i &&
    (isSmall(other)
      ? Math.hypot(centre(b)[0] - centre(other)[0], centre(b)[1] - centre(other)[1]) < least - .1
      : distance(centre(b), other) < least / 2 - .1))
  return targets.filter((e, i) => isSmall(boxes[i]) && isCrowded(boxes[i], i) && !inSentence(e))
    .map(e => e.outerHTML.slice(0, 120))
}"""

LOST = """() => {
  const isReadByEarOnly = e => e.closest(".visually-hidden, .skip, datalist, table.cards thead, script, style")
  const holdsText = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
  return [...document.body.querySelectorAll("*")]
    .filter(e => holdsText(e) && !isReadByEarOnly(e) && e.checkVisibility() && !e.closest("svg"))
    .filter(e => {
      const style = getComputedStyle(e)
      const clips = v => v === "hidden" || v === "clip"
      return (clips(style.overflowX) && e.scrollWidth > e.clientWidth + 1)
        || (clips(style.overflowY) && e.scrollHeight > e.clientHeight + 1)
        || e.getBoundingClientRect().left < -1
        || (!e.closest(".table-frame") && e.getBoundingClientRect().right > innerWidth + 1)
    })
    .map(e => e.outerHTML.slice(0, 120))
}"""

FOLLOW_SHIFTS = """
window.shifted = 0
new PerformanceObserver(list => list.getEntries().filter(e => !e.hadRecentInput).forEach(e => shifted += e.value))
  .observe({type: "layout-shift", buffered: true})
"""
"""Run before each page: adds up what moves by itself while people begin to read (Cumulative Layout Shift)."""

LOADED = """() => {
  const loaded = ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
  const sum = (entries, size) => entries.reduce((total, e) => total + e[size], 0)
  return [
    sum(loaded.slice(0, 1), "decodedBodySize") + sum(loaded.slice(1), "encodedBodySize"),
    sum(loaded.filter(e => !e.name.includes("/static/")), "transferSize"),
    loaded.filter(e => e.transferSize > 0).length, window.shifted]
}"""


MOVED_BY_NEXT = """() => [...document.querySelectorAll("header nav ul")].filter(list => {
  const items = [...list.children]
  const shows = count => items.forEach((item, i) => item.hidden = i >= count)
  shows(1)
  const alone = items[0].getBoundingClientRect().top
  shows(items.length)
  return Math.abs(items[0].getBoundingClientRect().top - alone) > 1
}).length"""
"""A slow machine shows a page before all of it is read: what comes next must not push away what is there."""


class Load(NamedTuple):
    """`first`: bytes for who comes from another site and has nothing yet; `again`: for who has the style."""

    first: int
    again: int
    requests: int
    shift: float


def overflow(page: Page) -> int:
    """How many pixels of the page lie beside the window (WCAG 1.4.10, RGAA 10.11)."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, width)


def small_targets(page: Page) -> list[str]:
    """What is to be pressed and is under 24 px, but a link in a sentence, or one with room around it (2.5.8)."""
    found: list[str] = page.evaluate(SMALL, TARGET)
    return found


def lost_text(page: Page) -> list[str]:
    """Text that is cut, or beside the window."""
    found: list[str] = page.evaluate(LOST)
    return found


def moved_by_what_follows(page: Page) -> int:
    """Navigations whose first entry is elsewhere once the others have come."""
    moved: int = page.evaluate(MOVED_BY_NEXT)
    return moved


def load(page: Page) -> Load:
    """Of the page that is open."""
    return Load(*page.evaluate(LOADED))
