/** Connects Prisma's schema engine to Postgres, with one connection each, whole scripts, and a shadow database. */
import { randomUUID } from 'node:crypto'
import {
  type ColumnType,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import { Client, DatabaseError, types } from 'pg'

// The types, by oid, that the engine reads from the catalogue and from Prisma's table. Other types are refused.
const columnTypes: Readonly<Record<number, ColumnType>> = {
  16: ColumnTypeEnum.Boolean,
  18: ColumnTypeEnum.Character, // "char": what adapter-pg cannot read, and so the reason for an adapter of our own
  19: ColumnTypeEnum.Text,
  20: ColumnTypeEnum.Int64,
  21: ColumnTypeEnum.Int32,
  23: ColumnTypeEnum.Int32,
  25: ColumnTypeEnum.Text,
  26: ColumnTypeEnum.Int64,
  1009: ColumnTypeEnum.TextArray,
  1043: ColumnTypeEnum.Text,
  1184: ColumnTypeEnum.DateTime,
}
const TIMESTAMPTZ = 1184

/** Makes connections for the engine. Close them all with `dispose`, because one holds its advisory lock. */
export function schemaEngineConnections(connectionString: string): {
  factory: SqlMigrationAwareDriverAdapterFactory
  dispose(): Promise<void>
} {
  const opened: SqlDriverAdapter[] = []
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: 'postgres',
    adapterName: 'countersign',
    async connect() {
      const adapter = await connect(connectionString)
      opened.push(adapter)
      return adapter
    },
    connectToShadowDb: () => connectToShadow(connectionString),
  }
  return { factory, dispose: async () => void (await Promise.all(opened.map((adapter) => adapter.dispose()))) }
}

async function connect(connectionString: string, afterwards?: () => Promise<void>): Promise<SqlDriverAdapter> {
  const client = new Client({ connectionString, options: '-c timezone=UTC' })
  await client.connect()

  const send = ({ sql, args }: Pick<SqlQuery, 'sql' | 'args'>) =>
    client
      .query({ text: sql, values: args, rowMode: 'array', types: { getTypeParser } })
      .catch((error: unknown) => Promise.reject(asAdapterError(error)))

  return {
    provider: 'postgres',
    adapterName: 'countersign',
    async queryRaw(query) {
      const { fields, rows } = await send(query)
      return {
        columnNames: fields.map(({ name }) => name),
        columnTypes: fields.map(({ dataTypeID, name }) => columnType(dataTypeID, name)),
        rows,
      }
    },
    executeRaw: async (query) => (await send(query)).rowCount ?? 0,
    // A script is sent whole, because a split at each `;` would break the body of a function.
    executeScript: async (script) =>
      void (await client.query(script).catch((error: unknown) => Promise.reject(asAdapterError(error)))),
    startTransaction: () => Promise.reject(new Error('The schema engine has not used transactions so far')),
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    async dispose() {
      await client.end()
      await afterwards?.()
    },
  }
}

// The engine replays the migrations in this database.
async function connectToShadow(connectionString: string): Promise<SqlDriverAdapter> {
  const name = `shadow_${randomUUID()}`
  const admin = new Client({ connectionString })
  await admin.connect()
  await admin.query(`CREATE DATABASE "${name}" TEMPLATE template0`)
  const url = new URL(connectionString)
  url.pathname = `/${name}`
  return connect(url.href, async () => {
    await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`)
    await admin.end()
  })
}

function columnType(oid: number, name: string): ColumnType {
  const type = columnTypes[oid]
  if (type === undefined) throw new Error(`The schema engine reads ${name}, of type ${oid}, which is not mapped here`)
  return type
}

// The engine expects RFC 3339 instead of a Date.
const getTypeParser: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === TIMESTAMPTZ ? (text: string) => `${text.replace(' ', 'T')}:00` : types.getTypeParser(oid, format)

function asAdapterError(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error
  const { code = '', severity = '', message, detail, column, hint } = error
  if (code === '42P01') return new DriverAdapterError({ kind: 'TableDoesNotExist', originalCode: code })
  return new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint })
}
