"""What people write: phrases that speak of criminal justice information, and everyday ones that do not."""

SPEAKING = """
on probation until May
two prior arrests
rapsheet shows two
convicted felon
has a criminal record
out on bail for assault
registered SO
wanted in Cook County
hit on DOC
active wt
parole officer
probation officer
NCIC hit
ncic
nCiC
N.C.I.C. check negative
N C I C
N-C-I-C
NCIChit
ranNCIC
Nlets query
LEADS return negative
ran LEADS
leads check was negative
checked clear in leads
III
ran a III
QH came back
CCH shows two
CHRI attached
CJIS data
rap-sheets
rap sheet
RAP SHEETS
criminal-history
crim hx
Criminal  Histories
has an active warrant
two outstanding warrants
no warrants
there is a warrant out
bench-warrant
warrant
wants and warrants check
no wants
wants/warrants neg
FTA warrant
wrnt on file
active WTS
failed to appear in court
BOLO issued
is a fugitive
absconded from supervision
extradition pending
ICE detainer
capias issued
wanted by police
wanted person
is wanted for robbery
currently wanted
came back as wanted
WANTED IN ANOTHER COUNTY
still wanted out of Wisconsin
parolee
paroled in March
his PO says
supervised release
on supervised-release
court supervision
on MSR
mandatory supervised release
pretrial services
pre-trial release
conditional discharge
out on bond
posted bond
on bond
bond hearing Friday
released on own recognizance
I see she is on house arrest
ankle monitor
electronic monitoring
work release
violated his parole
VOP filed
felony conviction
ex-felon
ex-con
convictions for theft
arrested last year
was arrested twice
has priors
prior charges dropped
charged with battery
pending charges
pleaded guilty
found guilty
was sentenced to two years
served time
time served
just out of jail
released from prison
incarcerated until June
an inmate at Stateville
in police custody
was detained
indicted
arraigned on Monday
acquitted
has a record
no criminal record
police record
background check
record check clear
ran his name
ran her plate
in the national database
hit confirmation
confirmed hit
database hit
hits in the system
got a hit on his name
hit for warrant
HIT ON DOC
sex offender
sex-offender registry
registered as a sex offender
registered sexoffender
RSO
must register with the police
failed to register
on the registry
offender registration
gang member
gang file
known gang affiliation
in a gang
terrorist watchlist
on the terror watch list
watch list
KST
known or suspected terrorist
mugshot attached
fingerprints taken
FBI no 123456AA9
FBI number on file
FBI 123456AA9
123456AA9
SID IL1234567
NIC W123456789
W123456789
booked into county
record expunged
sealed juvenile record
drug court
halfway house
10-29 hit
confidential informant
DUI last year
misdemeanor
on papers
juvenile detention
NICS denial
ran subject in LEADS, clear
no wants no warrants
clear of wants
subj has FTA wts
hit for misd warrant
QW came back clear
III attached
checked through NLETS
query in CLETS
on fed probation
his probation officer called
she is a parolee
is being supervised by IDOC
just got off parole
paroled to her mother
ran him through the system
came back wanted out of Lake County
possible sex-offender
she is on GPS monitoring
bonded out this morning
has been incarcerated twice
lists two prior convictions
charged with retail theft
booked into Riverton county
registered offenders live there
name check done
in the terrorist watch list
gang-affiliated
gang related
on ankle-monitor
prior felony
was acquitted of it
jail release Monday
awaiting sentencing
pending criminal case
absconder
detained by ICE
probationers group
prison time
juvenile court Friday
w/w neg
W&W clear
28/29 negative
on prob until May
prob officer called
registered rso
wanted on two charges
possibly wanted
subject wanted
wanted felony
turned himself in
on the run from the county
entered as a runaway
plate hit
arr for battery
chgd w/ theft
supervised by P&P
""".strip().splitlines()

EVERYDAY = """
He wanted to talk
wanted to go home
wants help with rent
she leads a group
hit by her brother
he has no record of a vaccination
bail out of the program
This leads to rent arrears
Hit hard by the loss of her job
Leads a quiet life
Leads the choir at church
Would like someone to talk to in the evenings.
Prefers a call after five.
third call this month
Lives alone, little food in the house
Asks for a place to stay with two children.
wanted a place to stay
wants to see her son
wants a job
What she wanted for her children
felt not wanted at home
wanted in-home care
her situation warrants a visit
this warrants further attention
does not warrant concern
under warranty
his car is out of warranty
hit her head on the door
was hit by a car
hit on the head
HIT ON THE HEAD BY BROTHER
hit rock bottom
hits himself when upset
a hit song
charged her phone
the hospital charges were high
in charge of the house
free of charge
wants to press charges
medical record shows asthma
medical records requested
no record of insurance
vaccination record needed
record player
cardiac arrest last year
respiratory arrest
school records
booked an appointment
booked for a visit on Monday
bond with her baby
has no bond with her father
rely on bond with mum
custody of her children
custody hearing for her son
child custody dispute
court date for the eviction
order of protection granted
asks about an order of protection
night terrors
terrorized by her ex
gang of friends
lost her PO Box key
P.O. Box 12
in one sentence
strong religious convictions
FBI is watching her, she believes
thinks the CIA and FBI follow him
Phase II of the program
tearful
pacing
disorganized speech
depressed
spoke to herself
crisis support
food
housing
substance use treatment
supervised visits with the children
under supervision of a nurse
needs supervision of medication
hears voices
suicidal thoughts
does not want contact with police
officer gave her a ride
released from hospital on Tuesday
discharged from the unit
sealed envelope with her papers
lost her papers
wrote it on paper
on the waiting list
open case with DCFS
closed her case
wt loss of 20 lbs
weight 180
no wt loss
he served 3 years in the Army
did two years in college
guilty feelings
feels guilty
plea for help
pleaded with him to stop
gift registry
registered for classes
registered nurse
registers for SNAP on Monday
wants to register her child at school
leads a support group
has leads on housing
working on leads for a job
Sid is her brother
moved from Illinois
ID card lost
needs a state ID
detox
QR code on the card
follow up in 10 days
10-29-2026
10 minutes away
attempted to locate housing
locked herself out
locked up her bike
time to rest
does time with family well
wants
the offender left
victim of a sexual offense
phone 217-555-0133
call on 2026-03-06
apt 4B
Maud Fernhollow
The Living Room
Bridge Community
doc appointment
sees her doc on Friday
MRI scan on Friday
CIT officer trained
the police came twice
computer class
check on her daily
ran out of food
ran away from home
ran her bath
check his blood pressure
came back with groceries
test came back negative
home health aide
parents divorced
convinced her to come
bonded with the dog
posted on Facebook
wants to talk to someone
wanted her sister called
wanted a ride to the clinic
leads an AA meeting
her brother hits her
hit with a bottle last night
has no record of immunization
no records of a diagnosis
can rely on her bond with the aunt
warrants a call from the nurse
checks on her mother
cardiac-arrest survivor
charge nurse Dawn knows him
registered at the shelter
registered with the food bank
custody of her son is shared
serves meals at church
time with a counselor
sentence by sentence, slowly
phase two of treatment
bails on appointments
has a record label he talks about
lost papers in the fire
came back home on Sunday
terrified of the dark
the system at home heats badly
on the list for housing
her file at the clinic
is on the lease
is on medication for seizures
subject wanted to sleep
male wanted food
party wanted a ride
she possibly wanted help
on the run all day
turned her phone in
her son is missing her
problems with the landlord
probably at her sister's
problem officer visits are feared
""".strip().splitlines()
