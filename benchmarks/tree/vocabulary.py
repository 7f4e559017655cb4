"""Names for the generated project: what its apps are about, and what their models hold."""

from __future__ import annotations

# App to its models, in CamelCase.
APPS = {
    "billing": "Invoice PaymentAttempt Refund PriceList DunningLetter",
    "laboratory": "LabOrder Specimen LabResult ReferenceRange AnalyserRun",
    "pharmacy": "Prescription DispensedDrug DrugBatch StockCount InteractionAlert",
    "imaging": "ImagingOrder ImagingStudy Finding ContrastDose DeviceCheck",
    "surgery": "Operation TheatreSlot InstrumentTray AnaesthesiaRecord ConsentForm",
    "wards": "WardRound BedTransfer NursingTask MealOrder VisitorPass",
    "rosters": "RosterPeriod Shift ShiftSwap AbsenceRequest OvertimeEntry",
    "attendance": "ClockEvent BreakEntry AttendanceWarning TimesheetLine TerminalReport",
    "inventory": "StockItem PurchaseOrder GoodsReceipt Supplier ReorderRule",
    "maintenance": "WorkOrder Inspection SparePart ServiceContract OutageReport",
    "housekeeping": "CleaningRun LinenOrder HygieneAudit WasteCollection RoomFault",
    "referrals": "Referral ReferralLetter PartnerPractice SecondOpinion TransportRequest",
    "insurance": "InsuranceClaim CoverageCheck Payer ClaimRejection AuthorisationRequest",
    "documents": "Document SignatureRequest TemplateVersion ArchiveBox FaxMessage",
    "triage": "TriageCase VitalSign QueueTicket EscalationNote TriageProtocol",
    "vaccination": "VaccineDose VaccinationDay RecallLetter ColdChainLog AdverseEvent",
    "therapy": "TherapyPlan TherapySession ExerciseSheet ProgressNote EquipmentLoan",
    "nutrition": "DietPlan FoodAllergy KitchenBatch IntakeRecord MenuWeek",
    "training": "Course Enrolment Certificate SimulationRun TrainerFeedback",
    "quality": "IncidentReport CorrectiveAction AuditVisit PatientSurvey RiskEntry",
}

# Core model that a row belongs to: field name, class, app.
PARENTS = (
    ("patient", "Patient", "patients"),
    ("room", "Room", "rooms"),
    ("appointment", "Appointment", "appointments"),
)

SHORT_TEXTS = [
    "label",
    "subject",
    "headline",
    "summary",
    "purpose",
    "topic",
    "caption",
    "heading",
    "short_text",
]
LONG_TEXTS = [
    "remarks",
    "details",
    "explanation",
    "background",
    "instructions",
    "observations",
    "comment",
]
AMOUNTS = [
    "amount",
    "cost",
    "price",
    "dosage",
    "volume",
    "weight",
    "fee",
    "rate_value",
    "measured_value",
    "budget",
]
COUNTS = [
    "pieces",
    "attempts",
    "copies",
    "sessions",
    "units",
    "position",
    "priority",
    "repetitions",
    "level",
]
FLAGS = [
    "is_urgent",
    "needs_review",
    "is_billable",
    "is_confidential",
    "on_hold",
    "needs_signature",
]
MOMENTS = [
    "due_at",
    "planned_for",
    "starts_at",
    "deadline",
    "expected_at",
    "valid_until",
    "performed_at",
]
VERBS = [
    "process",
    "settle",
    "advance",
    "handle",
    "prepare",
    "sort_out",
    "triage_all",
    "work_off",
    "step",
    "push",
]
# Opened, under way, finished, given up.
STATES = (
    ("NEW", "STARTED", "DONE", "CANCELLED"),
    ("DRAFT", "SUBMITTED", "APPROVED", "REJECTED"),
    ("OPEN", "RUNNING", "CLOSED", "VOID"),
    ("REQUESTED", "SCHEDULED", "COMPLETED", "WITHDRAWN"),
    ("QUEUED", "ACTIVE", "RESOLVED", "DISCARDED"),
    ("PLANNED", "ISSUED", "RETURNED", "LOST"),
)
