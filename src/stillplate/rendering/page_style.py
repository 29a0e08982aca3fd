"""The style of the pages that are written: a light and a dark one, as the reader's system is set."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --dim: #5b6670; --paper: #fff; --line: #d6dbe0; --part: #f4f6f8;
  --mark: #0072b2; --good: #147d3c; --doubt: #a86400; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --dim: #9aa5af; --paper: #14181c; --line: #333b43;
  --part: #1c2227; --mark: #56b4e9; --good: #5fc27e; --doubt: #e6a23c; --bad: #f2877f; } }
* { box-sizing: border-box } body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif } h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem } p, figcaption, .dim { color: var(--dim); margin: .2rem 0 .8rem }
img { width: 100%; height: auto; display: block; border: 1px solid var(--line) } figure { margin: 0 }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .6rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .35rem .6rem;
  border-bottom: 1px solid var(--line) } th { font-weight: 600; white-space: nowrap } td { overflow-wrap: anywhere }
td span { white-space: nowrap }
.met { color: var(--good) } .doubtful, .unknown { color: var(--doubt) } .violated { color: var(--bad) }
svg { width: 100%; height: auto; background: var(--part); border: 1px solid var(--line) }
svg text { fill: var(--dim); font: 11px system-ui, sans-serif; paint-order: stroke; stroke: var(--part);
  stroke-width: 3px }
code { font: inherit; white-space: nowrap }
"""
