import { ApiKeysPanel } from '../features/account/ApiKeysPanel.tsx'
import { ConsentsPanel } from '../features/account/ConsentsPanel.tsx'
import { OwnDataPanel } from '../features/account/OwnDataPanel.tsx'
import { PersonPanel } from '../features/account/PersonPanel.tsx'
import { SignInsPanel } from '../features/account/SignInsPanel.tsx'
import { TradingPanel } from '../features/account/TradingPanel.tsx'
import { NOT_SIGNED_IN, useWho } from '../lib/useWho.ts'
import { AccessNotice } from '../ui/AccessNotice.tsx'
import { ProblemNotice } from '../ui/ProblemNotice.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'
import { Section } from '../ui/Section.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'

/** Who is signed in, and what this person has decided. */
export function AccountScreen() {
  const who = useWho()
  return (
    <>
      <ScreenHead windowTitle="Your account" title="Your account" />
      <Account who={who} />
    </>
  )
}

function Account({ who }: { who: ReturnType<typeof useWho> }) {
  switch (who.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={who.problem} onRetry={who.retry} />
    case 'ready': {
      const { person } = who.data
      if (person === null) return <AccessNotice problem={NOT_SIGNED_IN} />
      return (
        <>
          <Section title="Who you are">
            <PersonPanel person={person} />
          </Section>
          <Section title="Who trades for you" lead="The keys that sign orders of your homes, and within which limits.">
            <TradingPanel person={person} />
          </Section>
          <Section title="Consents" lead="Who may read what of a home, from when until when. Both sides see it.">
            <ConsentsPanel households={person.households} />
          </Section>
          <Section title="Api keys" lead="A machine with a key reads what you may, as far as the key was made for it.">
            <ApiKeysPanel />
          </Section>
          <Section title="Your data" lead="To take along as a document, or to be erased.">
            <OwnDataPanel households={person.households} />
          </Section>
          <Section
            title="Where you are signed in"
            lead="Half an hour without use ends it, and twelve hours in any case."
          >
            <SignInsPanel />
          </Section>
        </>
      )
    }
  }
}
