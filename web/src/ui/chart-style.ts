/** How every chart looks: colours are the theme's, sizes are in pixels. */
export const CHART = {
  margin: { top: 8, right: 4, bottom: 0, left: 0 },
  line: 'var(--line)',
  edge: 'var(--line-strong)',
  wash: 'var(--grid-wash)',
  price: 'var(--leaf-ink)',
  leaf: 'var(--leaf)',
  sun: 'var(--sun)',
  grid: 'var(--grid)',
  cursor: { fill: 'var(--sunken)', fillOpacity: 0.6 },
  axis: {
    width: 72,
    tickLine: false,
    axisLine: false,
    tick: { fill: 'var(--ink-soft)', fontSize: 12 },
  },
  xAxis: {
    tickLine: false,
    axisLine: { stroke: 'var(--line-strong)' },
    tick: { fill: 'var(--ink-soft)', fontSize: 12 },
    minTickGap: 28,
  },
} as const
