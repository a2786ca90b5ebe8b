import {
  Bar,
  CartesianGrid,
  ComposedChart,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { formatPeriod, formatTime } from '../../lib/formats.ts'
import { ChartNote } from '../../ui/ChartNote.tsx'
import { CHART } from '../../ui/chart-style.ts'
import type { ChartQuarterHour } from './quarter-hours.ts'

type Props = {
  points: readonly ChartQuarterHour[]
  openPeriod: number | null
  onOpen: (period: number) => void
}

const startOfPeriod = (period: number) => formatTime(period * 900)
/** Its direction is told by the side of the line that it is on. */
const kwh = (value: number) => `${Math.abs(value)}\u00a0kWh`
const size = (value: number) => `${Math.abs(value).toFixed(3)} kWh`
const missing = () => ''

const LINES = [
  { key: 'fromNeighbours', name: 'from neighbours', format: size },
  { key: 'fromGrid', name: 'from the grid', format: size },
  { key: 'toNeighbours', name: 'to neighbours', format: size },
  { key: 'toGrid', name: 'to the grid', format: size },
] as const
const NO_READING = [{ key: 'noReading', name: 'no reading', format: missing }] as const

/** Energy into the home above the line, out of it below; a cross where there is no reading. */
export function EnergyChart({ points, openPeriod, onOpen }: Props) {
  return (
    <ResponsiveContainer width="100%" height={340}>
      <ComposedChart
        data={[...points]}
        margin={CHART.margin}
        stackOffset="sign"
        barCategoryGap="14%"
        accessibilityLayer={false}
        onClick={({ activeLabel }) => activeLabel !== undefined && onOpen(Number(activeLabel))}
      >
        <defs>
          <pattern id="from-grid" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" fill="var(--grid-wash)" />
            <rect width="3" height="6" fill={CHART.grid} />
          </pattern>
        </defs>
        <CartesianGrid vertical={false} stroke={CHART.line} />
        <XAxis dataKey="period" tickFormatter={startOfPeriod} {...CHART.xAxis} />
        <YAxis {...CHART.axis} tickFormatter={kwh} />
        {openPeriod !== null && (
          <ReferenceArea x1={openPeriod} x2={openPeriod} fill="var(--leaf-wash)" stroke="var(--leaf)" />
        )}
        <Tooltip cursor={CHART.cursor} content={<EnergyNote />} />
        <Bar dataKey="fromNeighbours" stackId="energy" fill={CHART.leaf} isAnimationActive={false} cursor="pointer" />
        <Bar dataKey="fromGrid" stackId="energy" fill="url(#from-grid)" isAnimationActive={false} cursor="pointer" />
        <Bar dataKey="toNeighbours" stackId="energy" fill={CHART.sun} isAnimationActive={false} cursor="pointer" />
        <Bar
          dataKey="toGrid"
          stackId="energy"
          fill="var(--paper)"
          stroke={CHART.grid}
          strokeWidth={1}
          isAnimationActive={false}
          cursor="pointer"
        />
        <Scatter dataKey="noReading" shape="cross" fill="var(--alarm)" isAnimationActive={false} />
        <ReferenceLine y={0} stroke={CHART.edge} />
      </ComposedChart>
    </ResponsiveContainer>
  )
}

type NoteProps = { active?: boolean; label?: number; payload?: readonly { dataKey?: unknown; value?: unknown }[] }

function EnergyNote(props: NoteProps) {
  const isMissing = props.payload?.some(({ dataKey, value }) => dataKey === 'noReading' && value === 0) ?? false
  return <ChartNote {...props} titleOf={formatPeriod} lines={isMissing ? NO_READING : LINES} />
}
