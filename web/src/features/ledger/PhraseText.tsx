import { DayLabel } from '../../ui/DayLabel.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { MemberLabel } from '../../ui/MemberLabel.tsx'
import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { PowerLabel } from '../../ui/PowerLabel.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { SessionLink } from '../../ui/SessionLink.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import type { Phrase } from './phrases.ts'

type Names = ReadonlyMap<number, string>

/** A sentence about the ledger, each thing in it in its own widget. */
export function PhraseText({ phrases, names }: { phrases: readonly Phrase[]; names: Names }) {
  return phrases.map((phrase, place) => <Piece key={place} phrase={phrase} names={names} />)
}

function Piece({ phrase, names }: { phrase: Phrase; names: Names }) {
  if (typeof phrase === 'string') return phrase
  switch (phrase.kind) {
    case 'session':
      return <SessionLink period={phrase.period} />
    case 'period':
      return <PeriodLabel period={phrase.period} show="day and time" />
    case 'day':
      return <DayLabel day={phrase.day} />
    case 'member':
      return <MemberPiece memberId={phrase.memberId} name={names.get(phrase.memberId)} />
    case 'energy':
      return <EnergyAmount value={phrase.value} precision="exact" />
    case 'power':
      return <PowerLabel value={phrase.value} />
    case 'price':
      return <PriceLabel value={phrase.value} />
    case 'money':
      return <MoneyAmount value={phrase.value} />
    case 'hash':
      return <HashText value={phrase.value} />
    case 'time':
      return <TimeLabel at={phrase.at} show="date" />
  }
}

function MemberPiece({ memberId, name }: { memberId: number; name: string | undefined }) {
  if (name === undefined) return <MemberLabel memberId={memberId} name={`Member ${memberId}`} kind="other" />
  return <MemberLabel memberId={memberId} name={name} kind="household" />
}
