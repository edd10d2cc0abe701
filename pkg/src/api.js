// @ts-check
// What `evertoken` and `evertoken/slim` have in common.
export {
  EvertokenError,
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
