import { writeFile } from 'node:fs/promises'
import { parseFlags } from '../scripts/settings.ts'
import type { Figure } from './figure.ts'

const HELP = `usage: npm run bench -- [--json <file>] [--only <part>] [--seconds <n>]

  --json <file>  also write the figures as JSON
  --only <part>  measure one part: clearing, flexibility, signatures, credentials, ledger, identity, meters, gateway, lwm2m,
                 commitments, simulation, region (500 households; some minutes), audit (makes a month of 500 members first; some
                 minutes)
  --seconds <n>  of load on the gateway by MQTT and by LwM2M, from 1 to 600; 60 unless told
`

const PARTS: Readonly<Record<string, (options: { readonly seconds: number }) => Promise<Figure[]>>> = {
  clearing: async () => (await import('./clearing.ts')).measureClearing(),
  flexibility: async () => (await import('./flexibility.ts')).measureFlexibility(),
  signatures: async () => (await import('./signatures.ts')).measureSignatures(),
  credentials: async () => (await import('./credentials.ts')).measureCredentials(),
  ledger: async () => (await import('./ledger.ts')).measureLedger(),
  identity: async () => (await import('./identity.ts')).measureIdentity(),
  meters: async () => (await import('./meters.ts')).measureMeters(),
  gateway: async ({ seconds }) => (await import('./gateway.ts')).measureGateway(seconds),
  lwm2m: async ({ seconds }) => (await import('./lwm2m.ts')).measureLwm2m(seconds),
  commitments: async () => (await import('./commitments.ts')).measureCommitments(),
  simulation: async () => (await import('./simulation.ts')).measureSimulation(12),
  region: async () => (await import('./simulation.ts')).measureSimulation(500),
  audit: async () => (await import('./audit.ts')).measureAudit(),
}

/** `npm run bench`: measures on this machine and prints every figure with what it is compared with. */
export async function bench(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const flags = parseFlags(commandArguments, {
    json: { type: 'string' },
    only: { type: 'string' },
    seconds: { type: 'string' },
  })
  if (flags.only !== undefined && PARTS[flags.only] === undefined) {
    console.error(`There is no part "${flags.only}".\n\n${HELP}`)
    return 2
  }
  const seconds = Number(flags.seconds ?? 60)
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 600) {
    console.error(`--seconds is a whole number from 1 to 600.\n\n${HELP}`)
    return 2
  }
  const figures: Figure[] = []
  for (const [name, measure] of Object.entries(PARTS)) {
    if (flags.only !== undefined && flags.only !== name) continue
    console.error(`measuring ${name} …`)
    figures.push(...(await measure({ seconds })))
  }
  console.table(Object.fromEntries(figures.map(({ name, ...figure }) => [name, figure])))
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`)
  return 0
}
