import { bool, int, int32, map, object, pointer, setOf, str } from '../schema/schema-node.ts';

const linkFlap = object(
  {
    flapThreshold: pointer(int('Link-down events within the interval that disable a port', { minimum: 1, maximum: 50, default: 3 })),
    samplingInterval: pointer(int32('Seconds over which events are counted', { minimum: 1, maximum: 65535, default: 30 })),
    recoveryInterval: pointer(
      int32('Seconds until the port is enabled again; 0 for never', { minimum: 0, maximum: 65534, default: 300 }),
    ),
  },
  { description: 'Present: ports between switches are disabled when they flap' },
);

export const switchSpec = object(
  {
    role: str('Place of the switch in the fabric', {
      enum: ['spine', 'server-leaf', 'border-leaf', 'mixed-leaf', 'virtual-edge'],
    }),
    description: str('Free text'),
    profile: str('SwitchProfile: the model of the switch'),
    groups: setOf(str(), 'SwitchGroups that the switch belongs to'),
    redundancy: object(
      {
        group: str('SwitchGroup that acts as redundancy group'),
        type: str('Kind of redundancy; only eslag is supported', { enum: ['mclag', 'eslag'] }),
      },
      { description: 'Redundancy group of the switch' },
    ),
    vlanNamespaces: setOf(str(), 'VLANNamespaces that servers of this switch may use; ["default"] unless set'),
    asn: int32('BGP ASN'),
    ip: str('Management address with prefix length'),
    vtepIP: str('VXLAN tunnel address, a /32; leaves only'),
    protocolIP: str('BGP router id, a /32'),
    portGroupSpeeds: map(str(), 'Speed by port group'),
    portSpeeds: map(str(), 'Speed by port'),
    portBreakouts: map(str(), 'Breakout mode by port, such as 4x25G'),
    portAutoNegs: map(bool(), 'Auto-negotiation by port'),
    portFECs: map(str(undefined, { enum: ['rs', 'fc', 'auto', 'disabled'] }), 'Error correction by port'),
    boot: object(
      { serial: str('Serial number'), mac: str('MAC address of the management port') },
      { description: 'How the switch is recognised when it boots first' },
    ),
    enableAllPorts: bool('Enable ports that no connection uses, too'),
    roce: bool('Lossless queues for RoCEv2'),
    ecmp: object({ roceQPN: bool('Hash on RoCE queue pairs') }, { description: 'Load balancing' }),
    linkFlapErrDisable: pointer(linkFlap),
  },
  { description: 'Desired state of the Switch', required: ['role'] },
);

const feature = bool();
const portProfile = object({
  autoNegAllowed: bool('Auto-negotiation may be set'),
  autoNegDefault: bool('Auto-negotiation unless set'),
  breakout: object(
    { default: str('Mode unless set'), supported: map(object({ offsets: setOf(str(), 'Port name offsets') }), 'Modes') },
    { description: 'Breakout modes; excludes speed' },
  ),
  speed: object({ default: str('Speed unless set'), supported: setOf(str(), 'Speeds') }, { description: 'Speeds; excludes breakout' }),
});

const profilePort = object({
  nos: str('Name in the operating system'),
  baseNOSName: str('Name that breakout offsets are added to'),
  label: str('Label on the faceplate'),
  group: str('Port group that sets the speed; excludes profile'),
  profile: str('Port profile; excludes group'),
  pipeline: str('Pipeline of the silicon'),
  management: bool('Management port'),
  oniePortName: str('Name in the boot loader; management ports only'),
});

export const switchProfileSpec = object(
  {
    displayName: str('Name of the model'),
    otherNames: setOf(str(), 'Other names of the model'),
    switchSilicon: str('Silicon'),
    platform: str('Name of the platform as the boot loader knows it'),
    nosType: str('Operating system'),
    notes: str('Free text'),
    maxPorts: int('Most ports, breakouts counted'),
    features: object(
      {
        acls: feature,
        ecmpRoCEQPN: feature,
        eslag: feature,
        l2vni: feature,
        l3vni: feature,
        mclag: feature,
        roce: feature,
        subinterfaces: feature,
      },
      { description: 'What the model can do' },
    ),
    config: object({ maxPathsEBGP: int32('Most BGP paths') }, { description: 'Settings of the model' }),
    pipelines: map(object({ maxPorts: int('Most ports of the pipeline, breakouts counted') }), 'Pipelines by name'),
    portGroups: map(object({ nos: str('Name in the operating system'), profile: str('Port profile') }), 'Port groups by name'),
    portProfiles: map(portProfile, 'Port profiles by name'),
    ports: map(profilePort, 'Ports by name'),
  },
  { description: 'What a switch model has' },
);
