// @ts-check
// What `evertoken` and `evertoken/slim` have in common.
export { EvertokenError } from "#errors";
export {
  customBackend,
  denialOf,
  discover,
  flaskJwt,
  flaskJwtCookies,
  oauth2,
  refusal,
  simpleJwt,
  slidingJwt,
  strictRotation,
  supabase,
} from "#shared";
