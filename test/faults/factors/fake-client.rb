# Makes and uses a passkey of ruby-webauthn's FakeClient. It reads a line of JSON for each, and answers with the credential.
require "json"
require "webauthn"
require "webauthn/fake_client"

client = WebAuthn::FakeClient.new(ARGV.fetch(0), encoding: :base64url)
STDIN.each_line do |line|
  asked = JSON.parse(line, symbolize_names: true)
  made =
    if asked[:create]
      client.create(**asked[:create])
    else
      handle = asked[:get].delete(:user_handle)
      client.get(**asked[:get], user_handle: handle && WebAuthn.standard_encoder.decode(handle))
    end
  puts JSON.generate(made)
  STDOUT.flush
end
