import { AreaPanel } from '../features/area/AreaPanel.tsx'
import { ChallengesPanel } from '../features/area/ChallengesPanel.tsx'
import { HealthPanel } from '../features/health/HealthPanel.tsx'
import { RefusalsPanel } from '../features/health/RefusalsPanel.tsx'
import { NextSessionPanel } from '../features/market/NextSessionPanel.tsx'
import { PricePanel, PriceSentence } from '../features/market/PricePanel.tsx'
import { SettlingPanel } from '../features/market/SettlingPanel.tsx'
import { FlowBars } from '../features/neighbourhood/FlowBars.tsx'
import { HomesPanel } from '../features/neighbourhood/HomesPanel.tsx'
import { PicturePanel, PictureSentence } from '../features/neighbourhood/PicturePanel.tsx'
import { SavingPanel } from '../features/neighbourhood/SavingPanel.tsx'
import { useWindowTitle } from '../lib/useWindowTitle.ts'
import { Section } from '../ui/Section.tsx'
import styles from './NeighbourhoodScreen.module.css'

/** The neighbourhood now: who gives, who takes, at what price. */
export function NeighbourhoodScreen() {
  useWindowTitle('The neighbourhood now')
  return (
    <>
      <div className={styles.hero}>
        <div className={styles.words}>
          <h1 className={styles.eyebrow}>The neighbourhood now</h1>
          <p className={styles.sentence}>
            <PictureSentence />
          </p>
        </div>
        <div className={styles.picture}>
          <PicturePanel />
        </div>
        <div className={styles.now}>
          <FlowBars />
          <section aria-label="Next gate closure">
            <NextSessionPanel />
          </section>
          <section aria-label="Saving">
            <SavingPanel />
          </section>
        </div>
      </div>
      <Section title="The price" lead={<PriceSentence />}>
        <PricePanel />
      </Section>
      <div className={styles.pair}>
        <Section title="The homes" lead="What each gave and took in the latest metered quarter-hour.">
          <HomesPanel />
        </Section>
        <Section title="On the way to payment" lead="Each session closes its gate, clears, is metered and settles.">
          <SettlingPanel />
        </Section>
      </div>
      <div className={styles.pair}>
        <Section title="What stands behind it" lead="Money set aside, and the rules by which mistakes are mended.">
          <AreaPanel />
        </Section>
        <Section
          title="Challenges"
          lead="Whoever holds a statement or a receipt can prove on the ledger that it is wrong."
        >
          <ChallengesPanel />
        </Section>
      </div>
      <div className={styles.pair}>
        <Section title="How the parts are">
          <HealthPanel />
        </Section>
        <Section title="Refused messages" lead="What the gateway did not believe.">
          <RefusalsPanel />
        </Section>
      </div>
    </>
  )
}
