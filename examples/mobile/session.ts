/** The session of the app. Every screen imports this one client. */
import { createClient, secureStorage } from '@countersign/client'
import * as SecureStore from 'expo-secure-store'

// A task in the background runs while the phone is locked.
const options = { keychainAccessible: SecureStore.AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY }

export const client = createClient({
  // Expo puts these values into the app when it is built.
  baseUrl: process.env.EXPO_PUBLIC_AUTH_URL ?? '',
  mode: 'bearer',
  // The keychain of iOS and the key store of Android. A backup does not carry the tokens to another phone.
  storage: secureStorage({
    getItemAsync: (key) => SecureStore.getItemAsync(key, options),
    setItemAsync: (key, value) => SecureStore.setItemAsync(key, value, options),
    deleteItemAsync: (key) => SecureStore.deleteItemAsync(key, options),
  }),
  apiUrls: [process.env.EXPO_PUBLIC_API_URL ?? ''],
})
