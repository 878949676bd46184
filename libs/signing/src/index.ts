export { formatSecret, newSecret, parseSecret } from './secret.js';
export { WebhookSigner, type SignatureHeaders } from './webhook-signer.js';
export { verify, type ReceivedHeaders, type VerifyOptions } from './verify.js';
export { SecretBox, type MasterKey } from './secret-box.js';
export { hashKey, newApiKey } from './api-key.js';
