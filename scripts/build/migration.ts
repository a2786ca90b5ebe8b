// Writes the migration that leads from the schema of the last one to prisma/schema.prisma:
//   node scripts/build/migration.ts <name>
// Beside its SQL it keeps the schema that it leads to, since the driver adapter cannot introspect a database.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  listMigrations,
  MIGRATIONS_FOLDER,
  NO_FILTERS,
  SCHEMA_FILE,
  withSchemaEngine,
} from '../../services/store/schema-engine.ts'
import { startPostgres } from '../embedded/postgres.ts'
import { freePort } from '../settings.ts'

const name = process.argv[2]
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Name the migration in snake_case: node scripts/build/migration.ts add_orders')
  process.exit(1)
}

const last = (await listMigrations()).at(-1)
const before = last === undefined ? null : await readFile(path.join(MIGRATIONS_FOLDER, last, 'schema.prisma'), 'utf8')
const after = await readFile(SCHEMA_FILE, 'utf8')
const script = await differenceBetween(before, after)
if (script === null) console.log('The migrations already lead to the schema.')
else await writeMigration(name, script, after)

/** SQL, or null where the two schemas agree. The engine insists on a database, though it does not look into it. */
async function differenceBetween(before: string | null, after: string): Promise<string | null> {
  const target = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] })
  const folder = path.join(tmpdir(), `commonwatt-migration-${process.pid}`)
  const postgres = await startPostgres({ folder, port: await freePort() })
  try {
    const { exitCode, stdout } = await withSchemaEngine(postgres.url, (engine) =>
      engine.diff({
        from: before === null ? { tag: 'empty' } : target(before),
        to: target(after),
        script: true,
        exitCode: true,
        filters: NO_FILTERS,
      }),
    )
    return exitCode === 2 ? stdout : null
  } finally {
    await postgres.stop()
    await rm(folder, { recursive: true })
  }
}

async function writeMigration(name: string, script: string, schema: string): Promise<void> {
  const stamp = new Date().toISOString().replaceAll(/[-T:]|\..*$/g, '')
  const folder = path.join(MIGRATIONS_FOLDER, `${stamp}_${name}`)
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'migration.sql'), script)
  await writeFile(path.join(folder, 'schema.prisma'), schema)
  await writeFile(path.join(MIGRATIONS_FOLDER, 'migration_lock.toml'), 'provider = "postgresql"\n')
  console.log(`Wrote ${path.relative(process.cwd(), folder)}`)
}
