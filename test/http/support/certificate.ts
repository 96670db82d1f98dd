import tls from 'node:tls';

/** Key of a self-signed certificate for `localhost` and 127.0.0.1, which nothing trusts unless a test says so. */
export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgn3V1TTta7Znv8nrp
4dRNiqWAqeCTvDLv/1WirfJ+vOGhRANCAATkEgl0FBpsykgDzrS4j5Rp4WpkuxKw
qiV+njDB46L7JL5hAyJu0GY99UHI+TCkgsayGo1F5Rmh4M3XdpSeUeYM
-----END PRIVATE KEY-----
`;

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOQSCXQUGmzKSAPO
tLiPlGnhamS7ErCqJX6eMMHjovskvmEDIm7QZj31Qcj5MKSCxrIajUXlGaHgzdd2
lJ5R5gyjTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E
BTADAQH/MB0GA1UdDgQWBBRYpZ6yr8cmdiBRqr0e1U3ChE6xbDAKBggqhkjOPQQD
AgNIADBFAiEA7cAaNLg6ZDAg2yYDGqzM6XSa9ZfJbwScl3uthyivY8ACIGPsvSLw
evHZUrS+XeEfepREb55rBzQFhDZXU5Svjq5f
-----END CERTIFICATE-----
`;

/** Makes this process trust the certificate until the returned function is called. The reporter has no option for this. */
export function trustCertificate(): () => void {
  const { createSecureContext } = tls;
  tls.createSecureContext = (options) => createSecureContext({ ...options, ca: CERTIFICATE });
  return () => {
    tls.createSecureContext = createSecureContext;
  };
}
