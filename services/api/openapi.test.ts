import openapiTypescript, { type OpenAPI3 } from 'openapi-typescript'
import type { Router } from 'express'
import { describe, expect, test } from 'vitest'
import { openApiDocument } from './openapi.ts'
import { apiRouters } from './server.ts'
import { fakeDeps } from './fake-deps.ts'

type Layer = { route?: { path: string; methods: Record<string, boolean> } }

function routesOf(prefix: string, routers: readonly Router[]): string[] {
  return routers
    .flatMap((router) =>
      (router.stack as unknown as Layer[]).flatMap(({ route }) => (route === undefined ? [] : [route])),
    )
    .flatMap(({ path, methods }) => Object.keys(methods).map((method) => `${method} ${prefix}${path}`))
    .map((route) => route.replace(/:(\w+)/g, '{$1}'))
}

describe('the OpenAPI document', () => {
  test('describes every route of the api, and no other', () => {
    const { underApi, atRoot } = apiRouters(fakeDeps())
    const routes = [...routesOf('/api', underApi), ...routesOf('', atRoot)]
    const described = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method} ${path}`),
    )
    expect(described.sort()).toEqual(routes.sort())
  })

  test('is valid OpenAPI 3.1', async () => {
    const document = openApiDocument()
    expect(document.openapi).toMatch(/^3\.1\./)
    await expect(openapiTypescript(document as OpenAPI3)).resolves.not.toHaveLength(0)
  })

  test('gives every operation a name of its own and every path parameter a description', () => {
    const operations = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
      Object.values(item ?? {}).map((operation) => ({
        path,
        ...(operation as { operationId: string; parameters?: Parameter[] }),
      })),
    )
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const { path, parameters = [] } of operations) {
      const inPath = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name)
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath)
    }
  })

  test('does not let amounts be numbers', () => {
    const text = JSON.stringify(openApiDocument())
    const amounts = [...text.matchAll(/"(\w+(?:Wh|MicroEuro|MicroEuroPerKwh))":{"type":"(\w+)"/g)]
    expect(amounts.length).toBeGreaterThan(20)
    expect(amounts.filter(([, , type]) => type !== 'string')).toEqual([])
  })
})

type Parameter = { in: string; name: string }
