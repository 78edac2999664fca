/**
 * How the page looks, in light and in dark. All colours of the picture are said here as well, and keep apart for all
 * kinds of colour vision. In both, text has a contrast of at least 4.5 to 1 to all grounds that it stands on, marks and
 * lines one of 3 to 1 to the panel, but for mere rules and edges.
 */

const LIGHT = `
  color-scheme: light;
  --paper: #f4f5f7; --panel: #ffffff; --ink: #1a2029; --soft: #56606e; --faint: #7f8895; --rule: #e3e6eb;
  --edge: #d3d8df; --field: #ffffff; --news: #0067a8; --repair: #00795a; --other: #7b8592; --deleted: #a03b86;
  --fault: #c98500; --paused: #8a5a00; --broken: #c2410c; --broken-ground: #fdf0e9; --held: #00795a; --held-ground: #e8f5f0;
  --value-1: #0072b2; --value-2: #d55e00; --value-3: #009e73; --value-4: #b0568f; --value-5: #a58a00;
  --lit: #fff6dc;`

const DARK = `
  color-scheme: dark;
  --paper: #0e1116; --panel: #161b22; --ink: #e8ecf1; --soft: #a3adba; --faint: #6b7684; --rule: #242b35;
  --edge: #343d49; --field: #0e1116; --news: #5ab3ee; --repair: #3cc79a; --other: #8792a0; --deleted: #e08cc8;
  --fault: #e6a529; --paused: #e6a529; --broken: #ff8a55; --broken-ground: #2d1b13; --held: #3cc79a; --held-ground: #10271f;
  --value-1: #56b4e9; --value-2: #f08a3c; --value-3: #2fc796; --value-4: #dd8fc4; --value-5: #e5d34f;
  --lit: #2b2716;`

export const STYLE: string = `
:root {${LIGHT}
  --text: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${DARK}
} }
:root[data-theme="dark"] {${DARK}
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.45 var(--text); }
[hidden] { display: none !important; }
h1, h2, p, dl, dd, table { margin: 0; }
:focus-visible { outline: 2px solid var(--news); outline-offset: 2px; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.mono, code, .time { font-family: var(--mono); font-size: 0.92em; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.hint { color: var(--soft); }

header, main, footer { max-width: 1800px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 16px; display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 32px; }
.brand { color: var(--soft); font-size: 12px; letter-spacing: 0.02em; }
.brand b { color: var(--ink); font-weight: 650; }
h1 { font-size: 21px; font-weight: 650; letter-spacing: -0.01em; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; }
.verdict { font-size: 14px; font-weight: 600; letter-spacing: 0; padding: 2px 10px 2px 8px; border-radius: 6px; border: 1px solid; }
.verdict.broken { color: var(--broken); background: var(--broken-ground); }
.verdict.held { color: var(--held); background: var(--held-ground); }
.finding { max-width: 92ch; margin-top: 4px; overflow-wrap: anywhere; }
.finding b { font-weight: 600; }
.beside { display: flex; flex-direction: column; align-items: flex-end; gap: 8px; min-width: 0; }
.facts { color: var(--soft); font-size: 13px; text-align: right; }
.replay { display: flex; align-items: stretch; max-width: 100%; border: 1px solid var(--edge); border-radius: 6px; background: var(--field); overflow: hidden; }
.replay code { padding: 5px 10px; overflow-x: auto; white-space: nowrap; }
.replay button { border-width: 0 0 0 1px; border-radius: 0; }

button, select, input:not([type=checkbox]):not([type=range]) {
  font: inherit; font-size: 13px; color: var(--ink); background: var(--field); border: 1px solid var(--edge);
  border-radius: 6px; padding: 4px 10px; min-height: 30px;
}
button { cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--soft); }
button:disabled { color: var(--soft); border-style: dashed; cursor: default; }
input[type=checkbox] { accent-color: var(--news); margin: 0; }
.chip { display: inline-flex; align-items: center; gap: 6px; min-height: 26px; padding: 2px 9px; font-size: 12.5px; border: 1px solid var(--edge); border-radius: 13px; background: var(--field); cursor: pointer; white-space: nowrap; }
.chip small { color: var(--soft); font-variant-numeric: tabular-nums; font-size: 11.5px; }
.chip:has(input:not(:checked)) { background: transparent; color: var(--soft); }
.chip:has(:focus-visible) { outline: 2px solid var(--news); outline-offset: 2px; }
.chip :focus-visible { outline: none; }
.chip[aria-pressed=true] { background: var(--ink); color: var(--panel); border-color: var(--ink); }

section { background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; margin-top: 14px; }
h2 { font-size: 14px; font-weight: 650; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; padding: 9px 14px; border-bottom: 1px solid var(--rule); }
.bar .apart { margin-left: auto; display: flex; gap: 6px; align-items: center; }
.bar label.named { display: inline-flex; align-items: center; gap: 8px; font-weight: 600; font-size: 13px; }
#key-field { width: 19ch; font-family: var(--mono); }
#key-answer { color: var(--soft); font-size: 12.5px; min-width: 9ch; }
#filters { display: flex; flex-wrap: wrap; gap: 6px; border: 0; padding: 0; margin: 0; }
#stage { position: relative; overflow: hidden; }
#stage canvas { display: block; }
#picture-above { position: absolute; inset: 0; touch-action: pan-y; cursor: grab; }
#picture-above:active { cursor: grabbing; }
#picture-above:focus-visible { outline-offset: -3px; }
#card { position: absolute; z-index: 2; max-width: min(420px, 80%); padding: 7px 11px 8px; background: var(--panel); border: 1px solid var(--soft); border-radius: 6px; box-shadow: 0 4px 16px rgb(0 0 0 / 0.16); font-size: 13px; pointer-events: none; }
#card p { overflow-wrap: anywhere; margin-top: 2px; }
.time { color: var(--soft); margin-right: 10px; white-space: nowrap; }
#chosen .line b { margin-right: 10px; }
.strip { border-top: 1px solid var(--rule); }
.strip canvas { display: block; touch-action: none; cursor: ew-resize; }
#chosen { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 18px; min-height: 45px; padding: 8px 14px; border-top: 1px solid var(--rule); font-size: 13px; overflow-wrap: anywhere; }
#chosen .keys { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 8px 14px; border-top: 1px solid var(--rule); color: var(--soft); font-size: 12.5px; list-style: none; margin: 0; }
.legend li { display: inline-flex; align-items: center; gap: 6px; }
.legend svg { flex: none; }

.slider { flex: 1 1 320px; min-width: 160px; accent-color: var(--ink); }
#moment-time { width: 12ch; text-align: right; font-family: var(--mono); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { text-align: left; font-weight: 600; white-space: nowrap; }
thead th, .vectors tr:first-child th { color: var(--soft); font-weight: 500; font-size: 12px; }
th.number { text-align: right; }
td, th { padding: 4px 14px; border-top: 1px solid var(--rule); vertical-align: top; }
thead th { border-top: 0; padding-top: 8px; }
.away td, .away th { color: var(--soft); }
.process::before { content: "● "; color: var(--held); }
.process.paused::before { content: "‖ "; color: var(--paused); }
.process.down::before { content: "✕ "; color: var(--broken); }
.process.starting::before { content: "○ "; color: var(--soft); }
.letter { display: inline-block; width: 18px; height: 18px; line-height: 17px; margin-right: 8px; border-radius: 4px; border: 1px solid var(--soft); text-align: center; font: 600 11px/17px var(--text); }
.letter-A { background: var(--value-1); border-color: var(--value-1); color: var(--panel); }
.letter-B { background: transparent; border: 1px solid var(--value-2); color: var(--ink); box-shadow: inset 0 -4px 0 var(--value-2); }
.letter-C { background: transparent; border: 1px solid var(--value-3); color: var(--ink); box-shadow: inset 0 4px 0 var(--value-3); }
.letter-D { background: transparent; border: 2px solid var(--value-4); color: var(--ink); line-height: 14px; }
.behind { background: var(--lit); }
.behind small { color: var(--broken); }
details > summary { padding: 8px 14px; cursor: pointer; font-size: 13px; color: var(--soft); border-top: 1px solid var(--rule); }
.vectors { border-top: 1px solid var(--rule); }

#trace td { padding-top: 2px; padding-bottom: 2px; overflow-wrap: anywhere; }
#trace td:first-child { width: 9ch; }
#trace .where { white-space: nowrap; font-weight: 600; width: 12ch; }
#trace tbody tr { cursor: pointer; }
#trace tbody tr:hover { background: var(--paper); }
#trace button.time { border: 0; background: none; padding: 0; margin: 0; min-height: 0; color: var(--soft); }
#trace .lit { background: var(--lit); }
#trace [aria-current] { box-shadow: inset 3px 0 0 var(--ink); background: var(--paper); }
#trace .broken td { background: var(--broken-ground); color: var(--broken); font-weight: 600; }
footer { color: var(--soft); font-size: 12.5px; padding-top: 14px; padding-bottom: 32px; }
kbd { font: 12px var(--mono); border: 1px solid var(--edge); border-bottom-width: 2px; border-radius: 4px; padding: 0 5px; background: var(--panel); color: var(--ink); }
.waiting { max-width: 60ch; margin: 20vh auto; text-align: center; color: var(--soft); }

@media (max-width: 900px) {
  header { grid-template-columns: minmax(0, 1fr); }
  .beside { align-items: flex-start; }
  .facts { text-align: left; }
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  .bar .apart { margin-left: 0; }
  td, th { padding-left: 8px; padding-right: 8px; }
}
@media (prefers-reduced-motion: no-preference) { button, .chip { transition: border-color 0.12s; } }
@media print { .bar, #overview, footer { display: none; } section { border: 0; } }
`
