import { fork, type ChildProcess } from 'node:child_process'
import pg from 'pg'

/** A database of its own in the test's PostgreSQL; resolves to its URL. */
export async function createDatabase(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  await client.end()
  const database = new URL(url)
  database.pathname = `/${name}`
  return database.href
}

/** A ledger that mines each transaction at once and begins at `genesisTime`, in unix seconds. */
export async function startLedger(
  port: number,
  genesisTime: number,
  privateKeys: readonly string[],
): Promise<ChildProcess> {
  const node = fork('scripts/embedded/ledger.ts', {
    env: {
      ...process.env,
      COMMONWATT_EMBEDDED_LEDGER: JSON.stringify({ port, genesisTime, mining: 'each', privateKeys }),
    },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    node.once('message', () => resolve())
    node.once('exit', (code) => reject(new Error(`the ledger ended with status ${code}`)))
  })
  return node
}

/** Resolves to its exit code, once it has ended. */
export function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.kill(signal)
  })
}
