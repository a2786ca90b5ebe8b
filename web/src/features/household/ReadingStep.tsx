import { countOf } from '../../lib/formats.ts'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import type { TracedPeriod } from './useTrace.ts'

/** What the meter said, and whether the ledger's commitment contains it, recomputed here. */
export function ReadingStep({ trace }: { trace: TracedPeriod }) {
  const { reading, commitment } = trace
  return (
    <>
      {reading === null && commitment === null && <p>The meters have not been read yet.</p>}
      {reading === null && commitment !== null && (
        <p>
          <StatusBadge tone="bad">no reading</StatusBadge> The readings were committed without this home&rsquo;s: its
          energy is not known, which is not the same as zero.
        </p>
      )}
      {reading !== null && (
        <>
          <p>
            {reading.isEstimated && (
              <>
                <StatusBadge tone="waiting">estimated</StatusBadge> The reading was missing and is estimated by
                rule.{' '}
              </>
            )}
            The meter counted <EnergyAmount value={reading.imported} precision="exact" /> in and{' '}
            <EnergyAmount value={reading.exported} precision="exact" /> out.
          </p>
          <p className="soft">
            Its import register went from <EnergyAmount value={reading.importStart} precision="exact" /> to{' '}
            <EnergyAmount value={reading.importEnd} precision="exact" />, its export register from{' '}
            <EnergyAmount value={reading.exportStart} precision="exact" /> to{' '}
            <EnergyAmount value={reading.exportEnd} precision="exact" />.
          </p>
        </>
      )}
      {commitment !== null && (
        <p>
          {commitment.version > 0 && <>Corrected, version {commitment.version}. </>}
          Committed with {countOf(commitment.count, 'reading')} at <TimeLabel at={commitment.at} show="seconds" />, root{' '}
          <HashText value={commitment.root} />. <TransactionLink hash={commitment.transactionHash} />
        </p>
      )}
      <Proof trace={trace} />
    </>
  )
}

function Proof({ trace: { proof, reading } }: { trace: TracedPeriod }) {
  switch (proof) {
    case 'none':
      return null
    case 'waiting':
      return <p className="soft">Its proof can be checked once the readings are committed.</p>
    case 'verified':
      return (
        <p>
          <StatusBadge tone="good">verified</StatusBadge> Your browser recomputed the ledger&rsquo;s root from this
          reading, leaf {reading?.place}, and{' '}
          {countOf(reading?.siblingCount ?? 0, 'neighbouring hash', 'neighbouring hashes')}.
        </p>
      )
    case 'not verified':
      return (
        <p>
          <StatusBadge tone="bad">not verified</StatusBadge> This reading does not give the root on the ledger: it is
          not the one that was committed.
        </p>
      )
  }
}
