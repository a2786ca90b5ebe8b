import {
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { formatPeriod, formatTime } from '../../lib/formats.ts'
import { ChartNote } from '../../ui/ChartNote.tsx'
import { CHART } from '../../ui/chart-style.ts'
import type { ChartPoint } from './session-points.ts'

type Props = { points: readonly ChartPoint[]; tariff: { readonly retail: number; readonly feedIn: number } | null }

const startOfPeriod = (period: number) => formatTime(period * 900)
const euro = (value: number) => `€${value.toFixed(2)}`
const kwh = (value: number) => `${value.toFixed(1)}\u00a0kWh`

/** The clearing price as steps, within the tariffs, and the traded energy under it. */
export function PriceChart({ points, tariff }: Props) {
  return (
    <>
      <ResponsiveContainer width="100%" height={220}>
        <LineChart data={[...points]} margin={CHART.margin} syncId="price" accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke={CHART.line} />
          {tariff && (
            <ReferenceArea
              y1={tariff.feedIn}
              y2={tariff.retail}
              fill={CHART.wash}
              stroke={CHART.edge}
              strokeDasharray="3 3"
              ifOverflow="extendDomain"
            />
          )}
          <XAxis dataKey="period" hide />
          <YAxis {...CHART.axis} tickFormatter={euro} domain={['auto', 'auto']} />
          <Tooltip
            content={<ChartNote titleOf={formatPeriod} lines={[{ key: 'price', name: 'price', format: euroExact }]} />}
          />
          <Line
            dataKey="price"
            type="stepAfter"
            stroke={CHART.price}
            strokeWidth={2.25}
            dot={points.length < 3}
            isAnimationActive={false}
          />
        </LineChart>
      </ResponsiveContainer>
      <ResponsiveContainer width="100%" height={110}>
        <BarChart
          data={[...points]}
          margin={CHART.margin}
          syncId="price"
          barCategoryGap="12%"
          accessibilityLayer={false}
        >
          <XAxis dataKey="period" tickFormatter={startOfPeriod} {...CHART.xAxis} />
          <YAxis {...CHART.axis} tickFormatter={kwh} tickCount={3} />
          <Tooltip
            cursor={CHART.cursor}
            content={<ChartNote titleOf={formatPeriod} lines={[{ key: 'volume', name: 'traded', format: kwhExact }]} />}
          />
          <Bar dataKey="volume" fill={CHART.leaf} isAnimationActive={false} />
        </BarChart>
      </ResponsiveContainer>
    </>
  )
}

function euroExact(value: number): string {
  return `€${value.toFixed(4)} /kWh`
}

function kwhExact(value: number): string {
  return `${value.toFixed(3)} kWh`
}
