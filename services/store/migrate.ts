import { NO_FILTERS, readMigrations, withSchemaEngine } from './schema-engine.ts'

/** Applies every migration that the database has not seen; resolves to their names. Prisma's own table keeps count. */
export async function migrateStore(url: string): Promise<string[]> {
  const migrationsList = await readMigrations()
  const { appliedMigrationNames } = await withSchemaEngine(url, (engine) =>
    engine.applyMigrations({ migrationsList, filters: NO_FILTERS }),
  )
  return appliedMigrationNames
}
