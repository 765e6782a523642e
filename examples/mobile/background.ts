/**
 * Refreshes the session while the app is closed, so that it does not expire, and the app opens without a wait. A session lasts without
 * this for as long as the setting SESSION_IDLE_SECONDS of the server says, by default 30 days.
 */
import * as BackgroundTask from 'expo-background-task'
import * as TaskManager from 'expo-task-manager'
import { client } from './session.ts'

const task = 'refresh-session'

// The system starts the app for this task, so it is defined when the file is loaded.
TaskManager.defineTask(task, async () => {
  try {
    await client.accessToken()
    return BackgroundTask.BackgroundTaskResult.Success
  } catch {
    // Without a network, the session goes on. The system runs the task again.
    return BackgroundTask.BackgroundTaskResult.Failed
  }
})

/** Asks the system to run the task about once a day. */
export const refreshInBackground = () => BackgroundTask.registerTaskAsync(task, { minimumInterval: 24 * 60 })
