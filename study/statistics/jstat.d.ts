/** The part of jStat that studies use; the package brings no types. */
declare module 'jstat' {
  interface StudentT {
    /** The value below which the part `p` of Student's t-distribution lies. */
    inv(p: number, degreesOfFreedom: number): number;
  }
  const jstat: { jStat: { studentt: StudentT } };
  export default jstat;
}
