import type { ProblemKind } from './problem-kinds.ts'

const unknown = (what: string, where: string): ProblemKind => ({
  status: 404,
  title: `No such ${what}`,
  advice: `${where} lists what there is.`,
})

/** What requests about flexibility can be refused with. */
export const flexibilityKinds: Readonly<Record<string, ProblemKind>> = {
  'congestion-point-unknown': unknown('congestion point', '/api/flexibility/points'),
  'flex-request-unknown': unknown('flex request', '/api/flexibility/requests'),
  'flex-order-unknown': unknown('flex order', '/api/flexibility/orders'),
  'portfolio-unknown': unknown('portfolio', '/api/flexibility/portfolios'),
  'proposal-unknown': unknown('proposal', '/api/flexibility/proposals'),
  'flex-statement-unknown': {
    status: 404,
    title: 'No such statement',
    advice: 'A day has statements of flexibility once it is settled, for members that took part.',
  },
  'portfolio-not-yours': {
    status: 403,
    title: 'Not your portfolio',
    advice: 'Sign in with the account of the aggregator that opened it.',
  },
  'flex-order-not-yours': {
    status: 403,
    title: 'Not your order',
    advice: 'Sign in with the account that ordered it, or with that of the aggregator that delivers.',
  },
  'proposal-decided': {
    status: 409,
    title: 'The proposal is decided',
    advice: 'Nothing is left to do: the first word counts.',
  },
  'queue-entry-not-waiting': {
    status: 409,
    title: 'The portfolio does not wait',
    advice: 'Read /api/flexibility/queue anew: it was decided, or has asked again since.',
  },
  'queue-decision-made': {
    status: 409,
    title: 'It is decided already',
    advice: 'The grid operator puts it on the ledger within a minute.',
  },
}
