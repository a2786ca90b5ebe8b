import { describe, expect, test } from 'vitest'
import { barChart, groupedChart, stepChart } from './charts.ts'

const format = (value: number) => value.toFixed(1)
const chart = { title: 'A & B', unit: 'kWh', format }

describe('charts', () => {
  test('are drawn from zero, with negative bars below it', () => {
    const svg = barChart({
      ...chart,
      points: [
        { label: 'one', value: 2 },
        { label: 'two', value: -2 },
      ],
    })
    const bars = [...svg.matchAll(/class="bar" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g)]
    const [above, below] = bars.map(([, y, height]) => [Number(y), Number(height)] as const)
    expect(above![0] + above![1]).toBeCloseTo(below![0])
    expect(above![1]).toBeCloseTo(below![1])
  })

  test.each([
    ['no values', []],
    ['one value', [{ label: 'x', value: 5 }]],
    [
      'the same value everywhere',
      [
        { label: 'x', value: 0.1 },
        { label: 'y', value: 0.1 },
      ],
    ],
    [
      'gaps',
      [
        { label: 'x', value: null },
        { label: 'y', value: 3 },
      ],
    ],
  ])('hold %s without a coordinate that is no number', (_, points) => {
    expect(stepChart({ ...chart, points }) + barChart({ ...chart, points })).not.toMatch(/NaN|Infinity/)
  })

  test('escape what they are given', () => {
    expect(barChart({ ...chart, points: [{ label: '<b>', value: 1 }] })).toContain('<title>&lt;b&gt;: 1.0</title>')
  })

  test('thin out what cannot be told apart', () => {
    const points = Array.from({ length: 3_000 }, (_, place) => ({ label: String(place), value: 1 }))
    expect(barChart({ ...chart, points }).match(/class="bar"/g)!.length).toBeLessThanOrEqual(240)
  })

  test('name every series in a legend', () => {
    const svg = groupedChart({
      ...chart,
      labels: ['day'],
      series: [
        { name: 'energy', values: [1] },
        { name: 'fee', values: [-1] },
      ],
    })
    expect(svg).toContain('energy</li>')
    expect(svg.match(/class="series-\d"/g)).toHaveLength(2)
  })
})
