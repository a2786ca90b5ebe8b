import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript'
import { openApiDocument } from '../../services/api/openapi.ts'

const target = fileURLToPath(new URL('../../web/src/lib/generated/api.ts', import.meta.url))

/** Writes the web app's types of the api, made from its OpenAPI document. */
export async function buildApiTypes(): Promise<void> {
  const nodes = await openapiTypescript(openApiDocument() as OpenAPI3)
  await mkdir(path.dirname(target), { recursive: true })
  await writeFile(target, `// Generated from the api's OpenAPI document; not edited by hand.\n\n${astToString(nodes)}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildApiTypes()
