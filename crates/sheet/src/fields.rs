//! The fields that a spreadsheet may have. Their headings are data (`data/columns.json`).

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A field of a spreadsheet row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$doc])* $name,)*
        }
        impl Field {
            /// All fields.
            pub const ALL: &'static [Field] = &[$(Field::$name,)*];

            /// Its canonical name, as in the data.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Field::$name => $text,)*
                }
            }
        }
    };
}

fields! {
    /// Record ID.
    OwnId => "own_id",
    /// Record type.
    RecordType => "record_type",
    /// Action.
    Action => "action",
    /// Replaces record ID.
    Replaces => "replaces",
    /// Reason.
    Reason => "reason",
    /// Source.
    Source => "source",
    /// Name.
    Name => "name",
    /// Sex.
    Sex => "sex",
    /// Birth date.
    BirthDate => "birth_date",
    /// Document type.
    DocumentType => "document_type",
    /// Document number.
    DocumentNumber => "document_number",
    /// Document country.
    DocumentCountry => "document_country",
    /// Document system.
    DocumentSystem => "document_system",
    /// Nationality.
    Nationality => "nationality",
    /// Phone.
    Phone => "phone",
    /// Residence division.
    Residence => "residence",
    /// Address.
    Address => "address",
    /// Birth order.
    BirthOrder => "birth_order",
    /// Mother document type.
    MotherDocumentType => "mother_document_type",
    /// Mother document number.
    MotherDocumentNumber => "mother_document_number",
    /// Mother name.
    MotherName => "mother_name",
    /// Father document type.
    FatherDocumentType => "father_document_type",
    /// Father document number.
    FatherDocumentNumber => "father_document_number",
    /// Father name.
    FatherName => "father_name",
    /// Guardian document type.
    GuardianDocumentType => "guardian_document_type",
    /// Guardian document number.
    GuardianDocumentNumber => "guardian_document_number",
    /// Guardian name.
    GuardianName => "guardian_name",
    /// Vaccine code system.
    VaccineSystem => "vaccine_system",
    /// Vaccine code.
    VaccineCode => "vaccine_code",
    /// Vaccine name.
    VaccineName => "vaccine_name",
    /// Dose number.
    DoseNumber => "dose_number",
    /// Series doses.
    SeriesDoses => "series_doses",
    /// Lot.
    Lot => "lot",
    /// Lot expires.
    LotExpires => "lot_expires",
    /// Manufacturer.
    Manufacturer => "manufacturer",
    /// Site.
    Site => "site",
    /// Route.
    Route => "route",
    /// Amount.
    Amount => "amount",
    /// Vaccinated at.
    VaccinatedAt => "vaccinated_at",
    /// Performer.
    Performer => "performer",
    /// Vaccinator.
    Vaccinator => "vaccinator",
    /// Trace code.
    TraceCode => "trace_code",
    /// Place division.
    Place => "place",
    /// Test code.
    TestCode => "test_code",
    /// Test name.
    TestName => "test_name",
    /// Result.
    Result => "result",
    /// Value.
    Value => "value",
    /// Unit.
    Unit => "unit",
    /// Agent.
    Agent => "agent",
    /// Specimen.
    Specimen => "specimen",
    /// Method.
    Method => "method",
    /// Tube.
    Tube => "tube",
    /// Pool size.
    PoolSize => "pool_size",
    /// Collected.
    Collected => "collected",
    /// Received.
    Received => "received",
    /// Performed.
    Performed => "performed",
    /// Reported.
    Reported => "reported",
    /// Note.
    Note => "note",
}

impl Field {
    /// Reads a canonical name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == text)
    }

    /// Whether its cells are dates or times.
    pub const fn is_time(self) -> bool {
        matches!(
            self,
            Self::BirthDate
                | Self::LotExpires
                | Self::VaccinatedAt
                | Self::Collected
                | Self::Received
                | Self::Performed
                | Self::Reported
        )
    }
}
