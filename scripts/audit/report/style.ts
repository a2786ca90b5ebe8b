/** The report's looks, light or dark as the reader's device is set, on paper and on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fcfcfa; --card: #ffffff; --text: #1c1f1d; --quiet: #5b635e; --rule: #dde1de;
  --accent: #0b6e4f; --good: #0b6e4f; --bad: #b3261e; --bad-ground: #fdecea;
  --s0: #0b6e4f; --s1: #b85c00; --s2: #2f5fb3; --s3: #8a3ffc; --s4: #7a6a00; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #121513; --card: #1a1e1b; --text: #e7ebe8; --quiet: #a3aca6; --rule: #333a35;
    --accent: #5cc79f; --good: #5cc79f; --bad: #ff8a80; --bad-ground: #3b1d1b;
    --s0: #5cc79f; --s1: #f0a35e; --s2: #86aef5; --s3: #c4a1ff; --s4: #d9c34a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 60rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
p { margin: .25rem 0; }
small, .quiet { color: var(--quiet); font-weight: 400; }
.verdict { margin: 1.25rem 0; padding: 1rem; border: 1px solid var(--rule); border-left: .4rem solid var(--good);
  border-radius: .4rem; background: var(--card); overflow-wrap: anywhere; }
.verdict.differs { border-left-color: var(--bad); background: var(--bad-ground); }
.verdict strong { display: block; font-size: 1.1rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.facts div { padding: .6rem .75rem; border: 1px solid var(--rule); border-radius: .4rem; background: var(--card); }
.facts dt { color: var(--quiet); font-size: .85rem; }
.facts dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th { color: var(--quiet); font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: .85em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
figure { margin: 1rem 0; padding: .75rem; border: 1px solid var(--rule); border-radius: .4rem; background: var(--card); }
figcaption { margin-bottom: .25rem; font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
svg .grid { stroke: var(--rule); }
svg .axis { fill: var(--quiet); font: 12px system-ui, sans-serif; }
svg .bar, svg .series-0 { fill: var(--s0); }
svg .line { fill: none; stroke: var(--s0); stroke-width: 1.5; }
svg .band { fill: var(--s0); fill-opacity: .18; }
svg .spot { fill: transparent; }
svg .spot:hover { fill: var(--rule); fill-opacity: .5; }
svg .series-1 { fill: var(--s1); } svg .series-2 { fill: var(--s2); }
svg .series-3 { fill: var(--s3); } svg .series-4 { fill: var(--s4); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 .5rem; padding: 0; list-style: none; font-size: .85rem; }
.swatch { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; border-radius: .15rem; vertical-align: -.05rem; }
.swatch-0 { background: var(--s0); } .swatch-1 { background: var(--s1); } .swatch-2 { background: var(--s2); }
.swatch-3 { background: var(--s3); } .swatch-4 { background: var(--s4); }
.good { color: var(--good); } .bad { color: var(--bad); }
@media (max-width: 40rem) { svg .axis { font-size: 22px; } }
@media print { body { max-width: none; } figure, .verdict { break-inside: avoid; } }
`
