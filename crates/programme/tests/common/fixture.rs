//! Supporting data of our own: a schedule with two made-up antigens, as XML of CDC's form.
#![allow(dead_code, reason = "each test file uses its own part")]

/// A dose of the made-up series.
pub const FIRST_DOSE: &str = r"<seriesDose><doseNumber>Dose 1</doseNumber>
<age><absMinAge>6 weeks - 4 days</absMinAge><minAge>6 weeks</minAge>
<earliestRecAge>2 months</earliestRecAge><latestRecAge>3 months</latestRecAge>
<maxAge>5 years</maxAge><effectiveDate/><cessationDate/></age>
<interval/><allowableInterval/>
<preferableVaccine><vaccineType>A</vaccineType><cvx>901</cvx><beginAge>6 weeks</beginAge>
<endAge/><tradeName/><mvx/><volume>0.5</volume><forecastVaccineType>Y</forecastVaccineType>
</preferableVaccine>
<allowableVaccine><vaccineType>A old</vaccineType><cvx>902</cvx><beginAge/><endAge>4 years</endAge>
</allowableVaccine>
<inadvertentVaccine><vaccineType>A wrong</vaccineType><cvx>903</cvx></inadvertentVaccine>
<conditionalSkip/><recurringDose>No</recurringDose><seasonalRecommendation/></seriesDose>";

/// The next dose of it.
pub const SECOND_DOSE: &str = r"<seriesDose><doseNumber>Dose 2</doseNumber>
<age><absMinAge/><minAge/><earliestRecAge/><latestRecAge/><maxAge>5 years</maxAge>
<effectiveDate/><cessationDate/></age>
<interval><fromPrevious>Y</fromPrevious><fromTargetDose/><fromMostRecent/><fromRelevantObs/>
<absMinInt>4 weeks - 4 days</absMinInt><minInt>4 weeks</minInt>
<earliestRecInt>8 weeks</earliestRecInt><latestRecInt>12 weeks</latestRecInt>
<intervalPriority/><effectiveDate/><cessationDate/></interval>
<allowableInterval/>
<preferableVaccine><vaccineType>A</vaccineType><cvx>901</cvx><beginAge/><endAge/><tradeName/>
<mvx/><volume>0.5</volume><forecastVaccineType>Y</forecastVaccineType></preferableVaccine>
<allowableVaccine/><inadvertentVaccine/>
<conditionalSkip><context>Both</context><setLogic>n/a</setLogic><set><setID>1</setID>
<setDescription>Not after 4 years</setDescription><effectiveDate/><cessationDate/>
<conditionLogic/><condition><conditionID>1</conditionID><conditionType>Age</conditionType>
<startDate/><endDate/><beginAge>4 years</beginAge><endAge/><interval/><doseCount/><doseType/>
<doseCountLogic/><vaccineTypes/><seriesGroups/></condition></set></conditionalSkip>
<recurringDose>No</recurringDose><seasonalRecommendation/></seriesDose>";

/// A dose that is skipped once a group of series is complete.
pub fn skipping(group: u8) -> String {
    let skip = format!(
        "<conditionalSkip><context>Both</context><setLogic>n/a</setLogic><set><setID>1</setID>\
         <conditionLogic/><condition><conditionID>1</conditionID>\
         <conditionType>Completed Series</conditionType><seriesGroups>{group}</seriesGroups>\
         </condition></set></conditionalSkip><recurringDose>"
    );
    FIRST_DOSE.replace("<conditionalSkip/><recurringDose>", &skip)
}

/// A series.
pub fn series(name: &str, kind: &str, group: u8, default: &str, doses: &str) -> String {
    let indication = if kind == "Risk" {
        "<indication><observationCode><text>Exposed</text><code>007</code></observationCode>\
         <description>Exposed people</description><beginAge>1 year</beginAge><endAge/>\
         <guidance>Ask</guidance></indication>"
    } else {
        "<indication/>"
    };
    format!(
        "<series><seriesName>{name}</seriesName><targetDisease>Alpha</targetDisease>\
         <vaccineGroup>Alpha</vaccineGroup><seriesAdminGuidance>Shake</seriesAdminGuidance>\
         <seriesType>{kind}</seriesType><equivalentSeriesGroups/><requiredGender/>\
         <selectSeries><defaultSeries>{default}</defaultSeries><productPath>No</productPath>\
         <seriesGroupName>G</seriesGroupName><seriesGroup>{group}</seriesGroup>\
         <seriesPriority>A</seriesPriority><seriesPreference>1</seriesPreference>\
         <minAgeToStart/><maxAgeToStart/></selectSeries>{indication}{doses}</series>"
    )
}

/// An antigen's file.
pub fn antigen(series: &str) -> String {
    format!(
        "<antigenSupportingData><immunity><clinicalHistory><guidelineCode>018</guidelineCode>\
         </clinicalHistory><dateOfBirth><immunityBirthDate>01/01/1957</immunityBirthDate>\
         <birthCountry>Here</birthCountry></dateOfBirth></immunity><contraindications>\
         <vaccineGroup><contraindication><observationCode>080</observationCode>\
         <contraindicationText>Do not</contraindicationText><beginAge/><endAge/>\
         </contraindication></vaccineGroup><vaccine><contraindication>\
         <observationCode>081</observationCode>\
         <contraindicationText>Not this</contraindicationText>\
         <contraindicatedVaccine><cvx>901</cvx><beginAge/><endAge/></contraindicatedVaccine>\
         </contraindication></vaccine></contraindications>{series}</antigenSupportingData>"
    )
}

/// The antigen that most tests use: a standard series of two doses and a risk series of one.
pub fn alpha() -> String {
    let doses = format!("{FIRST_DOSE}{SECOND_DOSE}");
    let standard = series("Alpha standard", "Standard", 1, "Yes", &doses);
    antigen(&(standard + &series("Alpha risk", "Risk", 2, "No", FIRST_DOSE)))
}

/// The schedule.
pub fn schedule() -> String {
    let map = |cvx: u16| {
        format!(
            "<cvxMap><cvx>{cvx}</cvx><shortDescription>A</shortDescription><association>\
             <antigen>Alpha</antigen><associationBeginAge/><associationEndAge/></association>\
             </cvxMap>"
        )
    };
    let maps: String = [901, 902, 903, 904].map(map).concat();
    format!(
        "<scheduleSupportingData><liveVirusConflicts><liveVirusConflict><previous><cvx>904</cvx>\
         </previous><current><cvx>901</cvx></current>\
         <conflictBeginInterval>1 day</conflictBeginInterval>\
         <minConflictEndInterval>24 days</minConflictEndInterval>\
         <conflictEndInterval>28 days</conflictEndInterval></liveVirusConflict>\
         </liveVirusConflicts><vaccineGroups><vaccineGroup><name>Alpha</name>\
         <administerFullVaccineGroup/></vaccineGroup></vaccineGroups>\
         <vaccineGroupToAntigenMap><vaccineGroupMap><name>Alpha</name><antigen>Alpha</antigen>\
         </vaccineGroupMap></vaccineGroupToAntigenMap><cvxToAntigenMap>{maps}</cvxToAntigenMap>\
         <observations><observation><observationCode>007</observationCode>\
         <observationTitle>Exposed</observationTitle></observation></observations>\
         </scheduleSupportingData>"
    )
}
