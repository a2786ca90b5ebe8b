/** One value on a chart's horizontal axis. Null leaves a gap. */
export type Point = { readonly label: string; readonly value: number | null }

/** A point, or the mean of several neighbours with the least and the greatest of them. */
type Drawn = Point & { readonly span?: { readonly last: string; readonly least: number; readonly most: number } }

type Chart = {
  readonly title: string
  readonly unit: string
  readonly points: readonly Point[]
  /** How a value is written beside the axis and in the title of a bar. */
  readonly format: (value: number) => string
}

const WIDTH = 720
const HEIGHT = 200
const LEFT = 84
const BOTTOM = 24
const TOP = 8
const MOST_POINTS = 240
const PLOT_WIDTH = WIDTH - LEFT
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM

/** Values as bars from zero, as an inline SVG with a text for whoever does not see it. */
export function barChart(chart: Chart): string {
  const points = thinned(chart.points)
  const scale = scaleOf(points, true)
  const step = PLOT_WIDTH / Math.max(1, points.length)
  const bars = points.map((point, place) => {
    const { value } = point
    if (value === null) return ''
    const zero = scale.y(0)
    const top = Math.min(scale.y(value), zero)
    const height = Math.max(1, Math.abs(scale.y(value) - zero))
    const x = LEFT + place * step + step * 0.1
    return `<rect class="bar" x="${round(x)}" y="${round(top)}" width="${round(step * 0.8)}" height="${round(height)}"><title>${escapeText(titleOf(point, chart.format))}</title></rect>`
  })
  return frame(chart, points, scale, bars.join(''))
}

/** Values as a stepped line; each holds from its place to the next. */
export function stepChart(chart: Chart): string {
  const points = thinned(chart.points)
  const scale = scaleOf(points, false)
  const step = PLOT_WIDTH / Math.max(1, points.length)
  let path = ''
  let isDown = false
  const spots: string[] = []
  points.forEach((point, place) => {
    const { value } = point
    if (value === null) {
      isDown = false
      return
    }
    const x = LEFT + place * step
    const y = round(scale.y(value))
    path += `${isDown ? 'L' : 'M'}${round(x)} ${y}H${round(x + step)}`
    isDown = true
    if (point.span !== undefined) {
      const top = round(scale.y(point.span.most))
      const height = round(Math.max(1, scale.y(point.span.least) - top))
      spots.push(`<rect class="band" x="${round(x)}" y="${top}" width="${round(step)}" height="${height}"/>`)
    }
    spots.push(
      `<rect class="spot" x="${round(x)}" y="${TOP}" width="${round(step)}" height="${PLOT_HEIGHT}"><title>${escapeText(titleOf(point, chart.format))}</title></rect>`,
    )
  })
  return frame(chart, points, scale, `<path class="line" d="${path}"/>${spots.join('')}`)
}

export type Series = { readonly name: string; readonly values: readonly number[] }

/** Several values a place beside one another, each series with its colour and its name in a legend. */
export function groupedChart({
  labels,
  series,
  ...chart
}: Omit<Chart, 'points'> & { readonly labels: readonly string[]; readonly series: readonly Series[] }): string {
  const points = series.flatMap(({ values }) => values.map((value): Point => ({ label: '', value })))
  const scale = scaleOf(points, true)
  const step = PLOT_WIDTH / Math.max(1, labels.length)
  const width = (step * 0.8) / series.length
  const bars = series.flatMap(({ name, values }, number) =>
    values.map((value, place) => {
      const top = Math.min(scale.y(value), scale.y(0))
      const height = Math.max(1, Math.abs(scale.y(value) - scale.y(0)))
      const x = LEFT + place * step + step * 0.1 + number * width
      return `<rect class="series-${number}" x="${round(x)}" y="${round(top)}" width="${round(Math.max(1, width))}" height="${round(height)}"><title>${escapeText(labels[place] ?? '')}, ${escapeText(name)}: ${escapeText(chart.format(value))}</title></rect>`
    }),
  )
  const legend = series.map(
    ({ name }, number) => `<li><span class="swatch swatch-${number}"></span>${escapeText(name)}</li>`,
  )
  const axis = labels.map((label): Point => ({ label, value: 0 }))
  return frame({ ...chart, points: axis }, axis, scale, bars.join(''), `<ul class="legend">${legend.join('')}</ul>`)
}

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

type Scale = { readonly ticks: readonly number[]; readonly y: (value: number) => number }

function frame(
  chart: Omit<Chart, 'points'> & { readonly points: readonly Point[] },
  points: readonly Drawn[],
  scale: Scale,
  content: string,
  legend = '',
): string {
  // Two lines of one label would tell nothing.
  const labels = scale.ticks.map((tick) => chart.format(tick))
  const lines = scale.ticks
    .filter((_, place) => labels.indexOf(labels[place]!) === place)
    .map(
      (tick) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${round(scale.y(tick))}" y2="${round(scale.y(tick))}"/>` +
        `<text class="axis" x="${LEFT - 6}" y="${round(scale.y(tick) + 4)}" text-anchor="end">${escapeText(chart.format(tick))}</text>`,
    )
  const first = points[0]?.label ?? ''
  const last = points.at(-1)?.label ?? ''
  const ends =
    `<text class="axis" x="${LEFT}" y="${HEIGHT - 6}">${escapeText(first)}</text>` +
    (points.length > 1
      ? `<text class="axis" x="${WIDTH}" y="${HEIGHT - 6}" text-anchor="end">${escapeText(last)}</text>`
      : '')
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]))
  const words =
    values.length === 0
      ? 'no values'
      : `${values.length} values from ${chart.format(Math.min(...values))} to ${chart.format(Math.max(...values))}`
  const size = Math.ceil(chart.points.length / Math.max(1, points.length))
  const note = size > 1 ? `; means of ${size} each` : ''
  return `<figure><figcaption>${escapeText(chart.title)} <small>${escapeText(chart.unit + note)}</small></figcaption>${legend}<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(`${chart.title}: ${words}`)}">${lines.join('')}${content}${ends}</svg></figure>`
}

/** Round steps over the values; with zero, where bars stand on it. */
function scaleOf(points: readonly Drawn[], hasZero: boolean): Scale {
  const values = points.flatMap(({ value, span }) =>
    value === null ? [] : span === undefined || hasZero ? [value] : [value, span.least, span.most],
  )
  const withZero = hasZero || values.length === 0 ? [...values, 0] : values
  let least = Math.min(...withZero)
  let most = Math.max(...withZero)
  if (least === most) {
    // The same value everywhere lies in the middle of a scale around it.
    const room = Math.abs(least) / 10 || 1
    if (!hasZero) least -= room
    most += room
  }
  const raw = (most - least) / 4
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power
  const bottom = Math.floor(least / step) * step
  const top = Math.max(Math.ceil(most / step) * step, bottom + step)
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, place) => bottom + place * step)
  return { ticks, y: (value) => TOP + PLOT_HEIGHT * (1 - (value - bottom) / (top - bottom)) }
}

/** No more points than can be told apart; each is the mean of as many neighbours. */
function thinned(points: readonly Point[]): Drawn[] {
  const size = Math.ceil(points.length / MOST_POINTS)
  if (size <= 1) return [...points]
  return Array.from({ length: Math.ceil(points.length / size) }, (_, place) => {
    const part = points.slice(place * size, (place + 1) * size)
    const values = part.flatMap(({ value }) => (value === null ? [] : [value]))
    const label = part[0]!.label
    if (values.length === 0) return { label, value: null }
    const value = values.reduce((sum, each) => sum + each, 0) / values.length
    return { label, value, span: { last: part.at(-1)!.label, least: Math.min(...values), most: Math.max(...values) } }
  })
}

function titleOf({ label, value, span }: Drawn, format: Chart['format']): string {
  if (span === undefined) return `${label}: ${format(value!)}`
  return `${label} to ${span.last}: ${format(value!)} on average, ${format(span.least)} to ${format(span.most)}`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
