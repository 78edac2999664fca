/**
 * The picture of a run as one page that needs nothing else: no request, no font, no library. All that comes from the run
 * is either escaped text or stands packed in a form that has no markup.
 */

import type { RecordedViolation, Recording } from '../recording.ts'
import { packedText, packRecording } from './pack.ts'
import { pageScript } from './page-script.ts'
import { STYLE } from './style.ts'
import { inSeconds, printable } from './words.ts'

/** HTML of a whole page. */
export function renderReport(recording: Recording): string {
  const { seed, violation } = recording
  const title = violation === undefined ? `seed ${seed}: held` : `seed ${seed}: ${violation.id} broken`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${escaped(title)} – hearsay</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<noscript><p class="waiting">This picture is drawn by a script. Without one, read the run as plain text: the simulator prints it too.</p></noscript>
<p class="waiting" id="waiting" role="status">Unpacking the run…</p>
<div id="report" hidden>
${header(recording)}
<main>
${PICTURE}
${MOMENT}
${TRACE}
</main>
${FOOTER}
</div>
<script type="text/plain" id="packed">${packedText(packRecording(recording))}</script>
<script type="module">
${pageScript().replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`
}

/** Safe as text and in a quoted attribute. What does not print is made visible. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

function header({ seed, replay, nodes, clients, calmMs, endedMs, violation, events }: Recording): string {
  const count = events.length.toLocaleString('en')
  return `<header>
<div>
<p class="brand"><b>hearsay</b> simulator · one run</p>
<h1>Seed ${seed} ${verdict(violation, endedMs)}</h1>
${violation === undefined ? '' : `<p class="finding"><b>${escaped(violation.rule)}</b> ${escaped(violation.finding)}</p>`}
</div>
<div class="beside">
<div class="replay"><code id="replay" tabindex="0" aria-label="Command that replays this run">${escaped(replay)}</code><button type="button" id="copy" aria-live="polite">Copy</button></div>
<p class="facts">${nodes.length} nodes, ${clients.length} clients, ${count} events in ${(endedMs / 1000).toFixed(1)} s; faults end at ${(calmMs / 1000).toFixed(1)} s</p>
</div>
</header>`
}

function verdict(violation: RecordedViolation | undefined, endedMs: number): string {
  if (violation === undefined)
    return `<span class="verdict held">✓ All invariants held until ${inSeconds(endedMs)} s</span>`
  const at = violation.node === undefined ? '' : ` at ${escaped(violation.node)}`
  return `<span class="verdict broken">✕ ${escaped(violation.id)} broken at ${inSeconds(violation.atMs)} s${at}</span>`
}

function icon(shapes: string, width = 18): string {
  return `<svg width="${width}" height="14" viewBox="0 0 ${width} 14" aria-hidden="true">${shapes}</svg>`
}

function sample(colour: string, dash: string): string {
  return `<path d="M1 7H27" stroke="var(--${colour})" stroke-width="1.5" stroke-dasharray="${dash}"/><path d="M27 7l-6-3v6z" fill="var(--${colour})"/>`
}

const LEGEND: readonly (readonly [icon: string, words: string])[] = [
  [icon('<circle cx="9" cy="7" r="4.5" fill="var(--news)"/>'), 'a client writes here'],
  [icon('<path d="M9 1l6 6-6 6-6-6z" fill="var(--deleted)"/>'), 'deletes here'],
  [
    icon('<circle cx="9" cy="7" r="4" fill="none" stroke="var(--news)" stroke-width="1.5"/>'),
    'learned from another node',
  ],
  [icon('<path d="M9 2l5 5-5 5-5-5z" fill="none" stroke="var(--deleted)" stroke-width="1.5"/>'), 'a delete, learned'],
  [icon(sample('news', ''), 28), 'push'],
  [icon(sample('repair', ''), 28), 'digest, pull, piece'],
  [
    icon(
      '<path d="M1 7H18" stroke="var(--news)" stroke-width="1.5"/><path d="M15 3l7 8m0-8l-7 8" stroke="var(--broken)" stroke-width="1.5"/>',
      28,
    ),
    'lost',
  ],
  [icon(sample('news', '9 4'), 28), 'late'],
  [icon(sample('news', '2 3'), 28), 'held back'],
  [icon(sample('news', '9 3 2 3'), 28), 'doubled'],
  [icon(sample('news', '5 2 1 2 1 2'), 28), 'sent again'],
  [icon(sample('news', '1 2'), 28), 'corrupt'],
  [icon('<path d="M1 13V8h3v5zM6 13V3h3v10zM11 13V6h3v7z" fill="var(--news)" opacity=".5"/>'), 'many messages'],
  [
    icon(
      '<path d="M0 12L10 2M6 12L16 2M12 12L22 2" stroke="var(--faint)"/><path d="M.5 1.5h27v11H.5z" fill="none" stroke="var(--faint)"/>',
      28,
    ),
    'down',
  ],
  [
    icon('<path d="M1 3h26v9H1z" fill="var(--value-1)" fill-opacity=".22" stroke="var(--value-1)"/>', 28),
    'what a node holds for the key',
  ],
  [
    icon(
      '<path d="M1 3h10v8H1z" fill="var(--other)"/><path d="M17 3h10v8H17z" fill="none" stroke="var(--broken)" stroke-width="1.5"/>',
      28,
    ),
    'call done, call failed',
  ],
  [
    icon('<path d="M1 3h16v8H1z" fill="none" stroke="var(--broken)" stroke-width="1.5" stroke-dasharray="3 2"/>'),
    'maybe done',
  ],
]

const PICTURE = `<section aria-labelledby="picture-title">
<h2 class="heard" id="picture-title">Space and time</h2>
<div class="bar">
<label class="named" for="key-field">Key</label>
<input id="key-field" list="key-offers" placeholder="any key" autocomplete="off" spellcheck="false" aria-describedby="key-answer"><datalist id="key-offers"></datalist>
<button type="button" id="key-clear" aria-label="Let no key stand out">Clear</button>
<span id="key-answer" role="status"></span>
<div class="apart" role="group" aria-label="Window of time">
<span class="mono hint" id="window-words"></span>
<button type="button" id="zoom-break">To the violation</button>
<button type="button" id="zoom-out" aria-label="Zoom out">−</button>
<button type="button" id="zoom-in" aria-label="Zoom in">+</button>
<button type="button" id="zoom-whole">Whole run</button>
<button type="button" id="theme">Dark</button>
</div>
</div>
<div class="bar"><fieldset id="filters"><legend class="heard">What the picture and the list show</legend></fieldset></div>
<div id="stage">
<canvas id="picture-base" aria-hidden="true"></canvas>
<canvas id="picture-above" tabindex="0" role="application" aria-label="Lanes of nodes over time" aria-describedby="keys-help"></canvas>
<div id="card" hidden></div>
</div>
<div class="strip"><canvas id="overview" aria-hidden="true"></canvas></div>
<div id="chosen" aria-live="polite"></div>
<ul class="legend" aria-label="Legend">${LEGEND.map(([shape, words]) => `<li>${shape}${words}</li>`).join('')}</ul>
</section>`

const MOMENT = `<section aria-labelledby="moment-title">
<div class="bar">
<h2 id="moment-title">What each node holds at</h2>
<input id="moment-time" type="number" min="0" step="0.001" aria-label="Moment in seconds"> s
<input id="moment-slider" class="slider" type="range" min="0" step="1" aria-label="Moment">
</div>
<div class="scroll"><table aria-labelledby="moment-title">
<thead><tr><th scope="col">Node</th><th scope="col">Process</th><th scope="col">Origin</th><th scope="col" class="number">Keys</th><th scope="col" class="number">Tombstones</th><th scope="col" class="number">Parked</th><th scope="col">Fingerprint</th><th scope="col" class="number">Stable to</th><th scope="col">Links</th><th scope="col" class="number">Clock off</th></tr></thead>
<tbody id="states"></tbody>
</table></div>
<details open><summary>Version vectors: up to when each node has seen the writes of each origin, in seconds</summary>
<div class="scroll"><table class="vectors" id="vectors" aria-label="Version vectors"></table></div>
</details>
</section>`

const TRACE = `<section id="trace" aria-labelledby="trace-title">
<div class="bar">
<h2 id="trace-title">Line by line</h2>
<label class="named" for="trace-node">Where</label><select id="trace-node"><option value="">everywhere</option></select>
<label class="named" for="trace-words">Words</label><input id="trace-words" type="search" placeholder="any" spellcheck="false">
<label class="chip"><input type="checkbox" id="trace-only-key" checked>only the key</label>
<label class="chip"><input type="checkbox" id="trace-all">also what the filters hide</label>
<div class="apart"><span id="trace-place" role="status" class="hint"></span>
<button type="button" id="trace-moment">At the moment</button>
<button type="button" id="trace-earlier">Earlier</button>
<button type="button" id="trace-later">Later</button></div>
</div>
<div class="scroll"><table>
<thead><tr><th scope="col" class="number">Seconds</th><th scope="col">Where</th><th scope="col">What</th></tr></thead>
<tbody id="trace-lines"></tbody>
</table></div>
</section>`

const FOOTER = `<footer><p id="keys-help">In the picture: wheel, <kbd>↑</kbd> <kbd>↓</kbd> or two fingers zoom; drag, <kbd>←</kbd> <kbd>→</kbd> move (<kbd>Shift</kbd> further); <kbd>.</kbd> and <kbd>,</kbd> go to the next and the last event; <kbd>v</kbd> to the violation; <kbd>0</kbd> shows the whole run; a click selects an event and sets the moment; <kbd>Esc</kbd> lets go.</p></footer>`
