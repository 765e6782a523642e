/**
 * A phone, as far as Expo's modules show it to an app: the key store, links that open the app, and tasks that the system runs. The real
 * modules need a phone. What is here answers with the same shapes.
 */
export const phone = {
  keychain: new Map<string, string>(),
  options: new Set<unknown>(),
  startedBy: null as string | null,
  listeners: new Set<(event: { url: string }) => void>(),
  tasks: new Map<string, () => Promise<number>>(),
  registered: new Map<string, unknown>(),
}

// expo-secure-store
export const AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY = 1
const check = (key: string, options: unknown) => {
  if (!/^[\w.-]+$/.test(key)) throw new Error(`Invalid key ${key}`)
  phone.options.add(options)
}
export async function getItemAsync(key: string, options: unknown): Promise<string | null> {
  check(key, options)
  return phone.keychain.get(key) ?? null
}
export async function setItemAsync(key: string, value: string, options: unknown): Promise<void> {
  check(key, options)
  if (value.length > 2048) throw new Error('Value being stored in SecureStore is larger than 2048 bytes')
  phone.keychain.set(key, value)
}
export async function deleteItemAsync(key: string, options: unknown): Promise<void> {
  check(key, options)
  phone.keychain.delete(key)
}

// expo-linking
export const getInitialURL = async () => phone.startedBy
export function addEventListener(_type: 'url', listener: (event: { url: string }) => void) {
  phone.listeners.add(listener)
  return { remove: () => phone.listeners.delete(listener) }
}

// expo-task-manager and expo-background-task
export const defineTask = (name: string, task: () => Promise<number>) => void phone.tasks.set(name, task)
export const BackgroundTaskResult = { Success: 1, Failed: 2 }
export const registerTaskAsync = async (name: string, options: unknown) => void phone.registered.set(name, options)
