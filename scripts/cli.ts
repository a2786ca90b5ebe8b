import { buildForServices } from './build.ts'
import { DomainError } from '../services/domain/errors.ts'

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  start: {
    summary: 'run a demonstration neighbourhood with everything it needs, and show it in the browser',
    load: async () => (await import('./start.ts')).start,
  },
  simulate: {
    summary: 'run the same processes over recorded households, as fast as they go, and write a report',
    load: async () => (await import('./simulate.ts')).simulate,
  },
  'sign-in': {
    summary: 'print a one-time link that signs a browser in, as a home of the running neighbourhood or its manager',
    load: async () => (await import('./sign-in.ts')).signIn,
  },
  invite: {
    summary: 'print a one-time link by which a new home joins the running neighbourhood',
    load: async () => (await import('./invite.ts')).invite,
  },
  present: {
    summary: "show of a home's credential what a verifier asks for, and nothing else",
    load: async () => (await import('./present.ts')).present,
  },
  'import-meters': {
    summary: 'hand in a file of meters as the metering operator, and wait until they are recorded',
    load: async () => (await import('./import-meters.ts')).importMeters,
  },
  'register-devices': {
    summary: 'register a list of devices as the metering operator',
    load: async () => (await import('./register-devices.ts')).registerDevices,
  },
  'device-certificate': {
    summary: 'make the key and certificate by which a device, or the broker it talks to, shows who it is',
    load: async () => (await import('./device-access.ts')).deviceCertificate,
  },
  'device-key': {
    summary: 'draw a new pre-shared key for a device, and print it',
    load: async () => (await import('./device-access.ts')).deviceKey,
  },
  'device-password': {
    summary: 'draw a new password for a device, and print it',
    load: async () => (await import('./device-access.ts')).devicePassword,
  },
  council: {
    summary: 'show what the council is to decide, propose it, approve it and have it done',
    load: async () => (await import('./council.ts')).council,
  },
  pause: {
    summary: 'stop trading in an area for a while',
    load: async () => (await import('./pause.ts')).pause,
  },
  resume: {
    summary: 'let trading go on',
    load: async () => (await import('./pause.ts')).resume,
  },
  recovery: {
    summary: 'give an identity a new owner, where the key of its owner is lost',
    load: async () => (await import('./recovery.ts')).recovery,
  },
  audit: {
    summary: 'recompute everything that happened on a ledger, from the ledger alone, and write a report',
    load: async () => (await import('./audit.ts')).audit,
  },
  build: {
    summary: 'compile contracts, database client, api types and web app where they are out of date',
    load: async () => (await import('./build.ts')).build,
  },
  test: { summary: 'run every test', load: async () => (await import('./test.ts')).test },
  check: {
    summary: 'check formatting, lint and types, then run every test',
    load: async () => (await import('./test.ts')).check,
  },
  bench: {
    summary: 'measure, and print the figures as a table',
    load: async () => (await import('../bench/bench.ts')).bench,
  },
}

export type Command = (commandArguments: readonly string[]) => Promise<number>

/** Runs one command of the command line and resolves to its exit code. */
export async function runCommand([name, ...commandArguments]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(usage())
    return 0
  }
  const command = COMMANDS[name]
  if (command === undefined) {
    console.error(`There is no command "${name}".\n\n${usage()}`)
    return 2
  }
  try {
    // The commands import what this makes: on a fresh clone nothing of it is there yet.
    await buildForServices()
    return await (
      await command.load()
    )(commandArguments)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    console.error(`\n${error.message} [${error.code}]`)
    return 1
  }
}

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length))
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return [
    'usage: commonwatt <command> [options]',
    '',
    ...lines,
    '',
    'commonwatt <command> --help shows its options.',
  ].join('\n')
}
