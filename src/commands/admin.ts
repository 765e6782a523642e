/** `npm run admin -- create | grant | revoke EMAIL [--password-stdin]`: makes the first administrator, and grants or revokes the role. */
import { text } from 'node:stream/consumers'
import { createUserAdminStore } from '../admin/user-admin-store.ts'
import { changeAdmins } from './change-admins.ts'
import { runCommand } from './run-command.ts'

await runCommand(({ config, database, args }) =>
  changeAdmins({ config, users: createUserAdminStore(database), readStdin: () => text(process.stdin) }, args),
)
