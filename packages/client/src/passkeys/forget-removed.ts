/** Tells the browser which passkeys an account still has. */

type Signal = { rp_id: string; user_id: string; all_accepted_credential_ids: string[] }

/**
 * Call it with what the answer to a removal says about passkeys. The browser and its password manager then stop offering the removed ones, where they
 * can. It never rejects.
 */
export async function forgetRemovedPasskeys({ rp_id, user_id, all_accepted_credential_ids }: Signal): Promise<void> {
  const signal = { rpId: rp_id, userId: user_id, allAcceptedCredentialIds: all_accepted_credential_ids }
  await globalThis.PublicKeyCredential?.signalAllAcceptedCredentials?.(signal).catch(() => {})
}
