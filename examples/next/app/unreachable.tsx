export function Unreachable() {
  return (
    <main>
      <h1>Your account is not reachable</h1>
      <p>You are not signed out. Please try again in a moment.</p>
    </main>
  )
}
