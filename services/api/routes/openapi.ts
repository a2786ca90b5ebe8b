import { Router } from 'express'
import { openApiDocument } from '../openapi.ts'

export function openApiRoutes(): Router {
  const router = Router()
  const document = JSON.stringify(openApiDocument())

  router.get('/openapi.json', (_request, response) => {
    response.type('json').send(document)
  })

  return router
}
