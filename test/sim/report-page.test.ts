/**
 * The report in a real browser, with 50,000 events: it draws, answers wheel, pointer, keys and controls, and complains
 * about nothing.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderReport } from '../../sim/report/page.ts'
import { Chromium, findChromium } from '../suites/chromium.ts'
import { drawRecording } from './report-recording.ts'

const file = findChromium()
if (file === undefined)
  process.stderr.write('\n*** SKIPPED: no chromium on PATH or in CHROMIUM_PATH, so the report is not tested ***\n\n')

const FRAMES =
  'new Promise((done) => { let n = 0; const f = () => (++n > 30 ? done(1) : requestAnimationFrame(f)); f() })'
const READY =
  'new Promise((done) => { const f = () => (document.documentElement.dataset.ready ? done(1) : requestAnimationFrame(f)); f() })'

describe.skipIf(file === undefined)('the report page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-report-'))
  let browser: Chromium
  const text = (selector: string): Promise<string> =>
    browser.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`)
  const frames = (): Promise<number> => browser.evaluate(FRAMES)
  const click = async (id: string): Promise<void> => {
    await browser.evaluate(`document.getElementById('${id}').click()`)
    await frames()
  }
  const set = async (id: string, value: string): Promise<void> => {
    await browser.evaluate(
      `(() => { const field = document.getElementById('${id}'); field.focus(); field.value = ${JSON.stringify(value)};
        field.dispatchEvent(new Event('input', { bubbles: true })); field.dispatchEvent(new Event('change')) })()`,
    )
    await frames()
  }
  const spot = async (x: number, y: number): Promise<{ x: number; y: number }> => {
    const place = 'JSON.parse(JSON.stringify(document.getElementById("picture-above").getBoundingClientRect()))'
    const box = await browser.evaluate<{ x: number; y: number; width: number }>(place)
    return { x: box.x + x * box.width, y: box.y + y }
  }
  const press = async (key: string): Promise<void> => {
    await browser.evaluate(`document.getElementById('picture-above').focus()`)
    await browser.call('Input.dispatchKeyEvent', { type: 'keyDown', key })
    await browser.call('Input.dispatchKeyEvent', { type: 'keyUp', key })
    await frames()
  }

  beforeAll(async () => {
    const page = join(folder, 'report.html')
    const recording = drawRecording({ writesPerSecond: 75, rowEveryMs: 500 })
    expect(recording.events.length).toBeGreaterThan(49_000)
    writeFileSync(page, renderReport(recording))
    browser = await Chromium.start(file ?? '', 1400, 900)
    const screen = { width: 1400, height: 900, deviceScaleFactor: 1, mobile: false }
    await browser.call('Emulation.setDeviceMetricsOverride', screen)
    await browser.open(pathToFileURL(page).href)
    await browser.evaluate(READY)
    await frames()
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('says what broke, shows the key, and draws', async () => {
    expect(await text('header')).toContain('I6 broken at 41.237 s at n3')
    expect(await text('#key-answer')).toMatch(/^\d\d events$/)
    expect(await text('#trace-lines')).toContain('writes session/42 = "alice-1"')
    const colours = await browser.evaluate<number>(
      `(() => { const c = document.getElementById('picture-base');
        return new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size })()`,
    )
    expect(colours).toBeGreaterThan(20)
  })

  it('has no element for each event', async () => {
    expect(await browser.evaluate('document.querySelectorAll("*").length')).toBeLessThan(1500)
  })

  it('zooms by wheel and buttons, pans by drag and keys', async () => {
    const at = await spot(0.5, 200)
    await browser.call('Input.dispatchMouseEvent', { type: 'mouseWheel', ...at, deltaX: 0, deltaY: -600 })
    await frames()
    const zoomed = await text('#window-words')
    expect(zoomed).not.toBe('0.000 to 63.000 s')
    await browser.call('Input.dispatchMouseEvent', { type: 'mousePressed', ...at, button: 'left', clickCount: 1 })
    await browser.call('Input.dispatchMouseEvent', { type: 'mouseMoved', x: at.x - 200, y: at.y, button: 'left' })
    await browser.call('Input.dispatchMouseEvent', { type: 'mouseReleased', x: at.x - 200, y: at.y, button: 'left' })
    await frames()
    const dragged = await text('#window-words')
    expect(Number.parseFloat(dragged)).toBeGreaterThan(Number.parseFloat(zoomed))
    await press('ArrowLeft')
    expect(Number.parseFloat(await text('#window-words'))).toBeLessThan(Number.parseFloat(dragged))
    await click('zoom-break')
    expect(await text('#window-words')).toBe('39.737 to 41.737 s')
    await press('0')
    expect(await text('#window-words')).toBe('0.000 to 63.000 s')
  })

  it('tells what is under the pointer', async () => {
    // The bar of the partition, from 12 s to 24 s, in the first row of faults.
    await browser.call('Input.dispatchMouseEvent', { type: 'mouseMoved', ...(await spot(0.28, 43)) })
    await frames()
    expect(await text('#card')).toContain('fault: partition n1,n2 | n3,n4,n5')
  })

  it('steps through the events of the key by keyboard', async () => {
    await press('Escape')
    await press('.')
    expect(await text('#chosen')).toContain('writes session/42 = "alice-1"')
    expect(await text('#chosen button')).toBe('session/42')
    await press('.')
    expect(await text('#chosen')).toContain('push session/42')
  })

  it('shows the nodes at any moment', async () => {
    await set('moment-slider', '23000')
    expect(await browser.evaluate('document.getElementById("moment-time").value')).toBe('23.000')
    const rows = (await text('#states')).split('\n')
    expect(rows).toHaveLength(5)
    expect(rows[0]).toContain('8c1f02ab77')
    expect(rows[2]).toContain('41d0be55a2')
    expect(rows[4]).toContain('down')
    expect(await text('#vectors')).toContain('−10.')
  })

  it('lets any other key stand out, or none', async () => {
    await set('key-field', 'flags/112')
    expect(await text('#key-answer')).toMatch(/^\d+ events$/)
    expect(await text('#trace-lines')).not.toContain('session/42 = "alice-1"')
    await set('key-field', 'no such key')
    expect(await text('#key-answer')).toBe('no event mentions it')
    await click('key-clear')
    expect(await text('#key-answer')).toBe('')
  })

  it('filters the list by node and words, a page at a time', async () => {
    await set('trace-node', 'n5')
    await set('trace-words', 'torn tail')
    expect((await text('#trace-lines')).trim().split('\n').join(' ')).toContain('note: torn tail cut')
    expect(await text('#trace-place')).toBe('Lines 1 to 1 of 1')
    await set('trace-words', '')
    const before = await text('#trace-place')
    await click('trace-later')
    expect(await text('#trace-place')).not.toBe(before)
  })

  it('is dark or light as one likes', async () => {
    const ground = 'getComputedStyle(document.body).backgroundColor'
    const before = await browser.evaluate(ground)
    await click('theme')
    expect(await browser.evaluate(ground)).not.toBe(before)
  })

  it('complained about nothing', () => {
    expect(browser.complaints).toEqual([])
  })
})
