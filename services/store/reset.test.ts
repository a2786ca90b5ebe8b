import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { TABLES } from './reset.ts'
import { SCHEMA_FILE } from './schema-engine.ts'

test('resetStore empties every table of the schema', () => {
  const tables = [...readFileSync(SCHEMA_FILE, 'utf8').matchAll(/@@map\("(\w+)"\)/g)].map(([, name]) => name)
  expect([...TABLES].sort()).toEqual(tables.sort())
})
